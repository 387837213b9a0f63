/** Box decoding and non-maximum suppression. */
import type { NonMaxSuppressionAttributes } from "../../src/graph/attributes.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

const PLAIN: NonMaxSuppressionAttributes = {
  maxOutputBoxesPerClass: Infinity,
  iouThreshold: 0.5,
  scoreThreshold: -Infinity,
  centerPointBox: false,
  metric: "iou",
};

/** Boxes on a grid of quarters and few different scores: many overlaps and many ties. */
function suppression(
  [batch, classes, count]: readonly [number, number, number],
  changed: Partial<NonMaxSuppressionAttributes>,
): Case<"nonMaxSuppression"> {
  const boxes = { shape: [batch, count, 4], range: [0, 8] as const, step: 0.25 };
  const scores = { shape: [batch, classes, count], range: [0, 1] as const, step: 1 / 16 };
  const words = Object.entries(changed).map(([key, value]) => `${key}=${value}`);
  return makeCase("nonMaxSuppression", [boxes, scores], { ...PLAIN, ...changed }, words.join(" "));
}

export const nonMaxSuppressionCases: readonly Case<"nonMaxSuppression">[] = [
  suppression([1, 1, 1], {}),
  suppression([1, 1, 7], {}),
  suppression([1, 1, 300], {}),
  suppression([1, 1, 300], { iouThreshold: 0 }),
  suppression([1, 1, 65], { iouThreshold: 1 }),
  suppression([2, 3, 50], { iouThreshold: 0.25, scoreThreshold: 0.5 }),
  suppression([2, 3, 50], { scoreThreshold: 2 }),
  suppression([3, 5, 17], { maxOutputBoxesPerClass: 2, iouThreshold: 0.3 }),
  suppression([1, 2, 9], { maxOutputBoxesPerClass: 0 }),
  suppression([1, 70, 33], { maxOutputBoxesPerClass: 4, scoreThreshold: 0.75 }),
  suppression([1, 2, 100], { centerPointBox: true, iouThreshold: 0.7 }),
  suppression([1, 1, 2000], { maxOutputBoxesPerClass: 100, iouThreshold: 1 / 3 }),
  suppression([1, 2, 100], { centerPointBox: true, metric: "greedy", iouThreshold: 0.45 }),
];

const ANCHORS = [
  [81, 82],
  [135, 169],
  [344, 319],
] as const;

export const decodeYoloCases: readonly Case<"decodeYolo">[] = (
  [
    [[1, 255, 5, 7], 3, [160, 224], 1],
    [[2, 21, 3, 4], 3, [96, 128], 1.05],
    [[1, 6, 1, 1], 1, [32, 32], 2],
    [[1, 5, 2, 3], 1, [64, 96], 1],
    [[3, 22, 5, 1], 2, [80, 16], 1.2],
  ] as const
).map(([shape, anchors, inputSize, scaleXY]) =>
  makeCase(
    "decodeYolo",
    [{ shape, range: [-4, 4] }],
    { anchors: ANCHORS.slice(0, anchors), inputSize, scaleXY },
    `anchors=${anchors} input=${inputSize.join("x")} scale=${scaleXY}`,
  ),
);
