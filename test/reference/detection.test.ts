/** Non-maximum suppression and box decoding on the reference: examples worked out by hand. */
import { describe, expect, test } from "vitest";
import type { NonMaxSuppressionAttributes } from "../../src/graph/attributes.ts";
import { ShapeError } from "../../src/graph/errors.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { apply, applyAll, floats } from "./apply.ts";

const PLAIN: NonMaxSuppressionAttributes = {
  maxOutputBoxesPerClass: 10,
  iouThreshold: 0.5,
  scoreThreshold: 0,
  centerPointBox: false,
  metric: "iou",
};

/** Rows [class, box] that are selected in one image. */
function select(
  boxes: readonly (readonly number[])[],
  scores: readonly (readonly number[])[],
  changed: Partial<NonMaxSuppressionAttributes> = {},
): number[][] {
  const [selected, count] = applyAll(
    "nonMaxSuppression",
    [
      floats([1, boxes.length, 4], boxes.flat()),
      floats([1, scores.length, boxes.length], scores.flat()),
    ],
    { ...PLAIN, ...changed },
  );
  const rows = Array.from({ length: selected.shape[0] }, (_, row) => [
    ...selected.data.subarray(3 * row, 3 * row + 3),
  ]);
  const kept = rows.slice(0, count.data[0]);
  expect(kept.every(([image]) => image === 0)).toBe(true);
  expect(rows.slice(kept.length)).toEqual(rows.slice(kept.length).map(() => [-1, -1, -1]));
  return kept.map((row) => row.slice(1));
}

/** On a line: the overlap of the first with each other one is 3/5, 1/3, 0. */
const LINE = [
  [0, 0, 4, 1],
  [1, 0, 5, 1],
  [2, 0, 6, 1],
  [4, 0, 8, 1],
];

describe("nonMaxSuppression", () => {
  test("keeps the best box and those that it does not overlap too much", () => {
    expect(select(LINE, [[0.9, 0.8, 0.7, 0.6]])).toEqual([
      [0, 0],
      [0, 2],
      [0, 3],
    ]);
  });
  test("lets a box that is suppressed suppress no other", () => {
    expect(select(LINE.slice(0, 3), [[0.9, 0.8, 0.7]], { iouThreshold: 0.5 })).toEqual([
      [0, 0],
      [0, 2],
    ]);
  });
  test("treats each class by itself, classes in order", () => {
    expect(
      select(LINE, [
        [0, 0.5, 0.6, 0],
        [0.9, 0.95, 0, 0],
      ]),
    ).toEqual([
      [0, 2],
      [1, 1],
    ]);
  });
  test("takes the lower box of equal scores, and scores above the threshold only", () => {
    const scores = [[0.5, 0.75, 0.75, 0.25]];
    expect(select(LINE, scores, { scoreThreshold: 0.25 })).toEqual([[0, 1]]);
    expect(select(LINE, scores, { scoreThreshold: 0.25, iouThreshold: 0.7 })).toEqual([
      [0, 1],
      [0, 2],
      [0, 0],
    ]);
  });
  test("stops at the greatest number of boxes of a class", () => {
    const scores = [[0.1, 0.2, 0.3, 0.4]];
    expect(select(LINE, scores, { maxOutputBoxesPerClass: 1 })).toEqual([[0, 3]]);
    expect(select(LINE, scores, { maxOutputBoxesPerClass: 0 })).toEqual([]);
  });
  test("reads corners in any order, and boxes by their centres", () => {
    const flipped = LINE.map(([x1, y1, x2, y2]) => [x2, y1, x1, y2]);
    const centred = LINE.map(([x1, y1, x2, y2]) => [
      (x1 + x2) / 2,
      (y1 + y2) / 2,
      x2 - x1,
      y2 - y1,
    ]);
    const expected = select(LINE, [[0.9, 0.8, 0.7, 0.6]]);
    expect(select(flipped, [[0.9, 0.8, 0.7, 0.6]])).toEqual(expected);
    expect(select(centred, [[0.9, 0.8, 0.7, 0.6]], { centerPointBox: true })).toEqual(expected);
  });
  test("never takes a score that is not a number", () => {
    expect(select(LINE, [[NaN, 0.8, NaN, 0.6]], { scoreThreshold: -Infinity })).toEqual([
      [0, 1],
      [0, 3],
    ]);
  });
  test("takes off from an overlap what the centres are apart, by Darknet's greedynms", () => {
    // IoU 3/5, centres 1 apart of a diagonal of sqrt(26): 0.6 - (1 / 26)^0.6 = 0.458
    const two = LINE.slice(0, 2);
    const greedy = (iouThreshold: number) =>
      select(two, [[0.9, 0.8]], { metric: "greedy", iouThreshold }).length;
    expect([greedy(0.45), greedy(0.46)]).toEqual([1, 2]);
  });

  const boxes = (count: number) => tensor([1, count, 4], new Float32Array(4 * count));
  const scores = (classes: number, count: number) =>
    tensor([1, classes, count], new Float32Array(classes * count));
  test.each<[string, Parameters<typeof applyAll>[1], Partial<NonMaxSuppressionAttributes>, string]>(
    [
      [
        "boxes and scores that do not fit",
        [boxes(3), scores(2, 4)],
        {},
        "boxes have shape 1x3x4 and scores 1x2x4, expected [N, n, 4] and [N, C, n]",
      ],
      [
        "thresholds of overlap above 1",
        [boxes(3), scores(2, 3)],
        { iouThreshold: 1.5 },
        "maxOutputBoxesPerClass is 10 and iouThreshold 1.5, expected at least 0 and 0..1",
      ],
      [
        "more boxes than the GPU could compare",
        [boxes(70000), scores(1, 70000)],
        {},
        "70000, 1, 70000, 10, 700000 boxes, classes of all images, scores, rows of output and " +
          "comparisons, at most 65536, 16384, 16777216, 2097152, 68719476736 are supported",
      ],
    ],
  )("refuses %s", (_, inputs, changed, message) => {
    expect(() => applyAll("nonMaxSuppression", inputs, { ...PLAIN, ...changed })).toThrow(
      new ShapeError(`nonMaxSuppression "test": ${message}`),
    );
  });
});

describe("decodeYolo", () => {
  const attributes = { anchors: [[32, 16]], inputSize: [64, 128], scaleXY: 1 } as const;
  test("puts a box of zeros into the middle of its cell, with the size of its anchor", () => {
    const zeros = floats([1, 6, 2, 1], new Array<number>(12).fill(0));
    const [boxes, scores] = applyAll("decodeYolo", [zeros], attributes);
    expect([...boxes.data]).toEqual([0.5, 0.25, 0.25, 0.25, 0.5, 0.75, 0.25, 0.25]);
    expect([...scores.data]).toEqual([0.25, 0.25]);
  });
  test("lets centres leave their cell by scaleXY", () => {
    const far = floats([1, 5, 1, 1], [100, -100, 0, 0, 0]);
    const boxes = apply("decodeYolo", [far], { ...attributes, scaleXY: 1.5 });
    expect([...boxes.data]).toEqual([1.25, -0.25, 0.25, 0.25]);
  });
  test("refuses channels that are not those of its anchors", () => {
    expect(() => apply("decodeYolo", [floats([1, 4, 1, 1], [0, 0, 0, 0])], attributes)).toThrow(
      new ShapeError(
        'decodeYolo "test": 4 channels are not those of 1 anchors, expected 1 * (5 + classes)',
      ),
    );
  });
});
