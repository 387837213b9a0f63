/** Graphs of detection heads and their inputs, for the tests on the reference and on the GPU. */
import { boxCorners, classScores, joinMaps } from "../../src/blocks/detection/candidates.ts";
import { decodeCenterNet } from "../../src/blocks/detection/centernet.ts";
import { nonMaxSuppression } from "../../src/blocks/detection/non-max-suppression.ts";
import { decodeSsd, priorBoxes } from "../../src/blocks/detection/ssd.ts";
import { decodeYolo } from "../../src/blocks/detection/yolo.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";

export const PRIORS = priorBoxes([
  {
    size: [3, 2],
    boxes: [
      [0.25, 0.5],
      [0.5, 0.125],
    ],
  },
  { size: [1, 2], step: [0.75, 0.5], boxes: [[0.5, 0.5]] },
]);

/** Two images, two scales: boxes and scores of 4 classes, the first of them background. */
export function ssdGraph(): Graph {
  const builder = new GraphBuilder("ssd");
  const maps = (name: string, size: number) => [
    builder.input(`${name}0`, [2, 2 * size, 3, 2]),
    builder.input(`${name}1`, [2, size, 1, 2]),
  ];
  const locations = joinMaps(builder, maps("location", 4), 4);
  const logits = joinMaps(builder, maps("logit", 4), 4);
  const boxes = decodeSsd(builder, locations, { priors: PRIORS });
  const scores = classScores(builder, logits, { activation: "softmax", skip: 1 });
  builder.output("locations", locations);
  builder.output("decoded", boxes);
  builder.output("scores", scores);
  const corners = boxCorners(builder, boxes);
  builder.output("corners", corners);
  const found = nonMaxSuppression(
    builder,
    { boxes: corners, scores },
    { centerPointBox: false, scoreThreshold: 0.2, iouThreshold: 0.3, maxOutputBoxesPerClass: 5 },
  );
  const length = found.count;
  builder.output("images", found.images, { length });
  builder.output("classes", found.classes, { length });
  builder.output("kept", found.boxes, { length });
  builder.output("best", found.scores, { length });
  return builder.graph;
}

/** Boxes and two key points with sizes that are not logarithms. */
export function pointsGraph(): Graph {
  const builder = new GraphBuilder("points");
  const locations = builder.input("locations", [1, 14, 8]);
  const variances = [0.5, 0.25] as const;
  builder.output(
    "decoded",
    decodeSsd(builder, locations, { priors: PRIORS, variances, sizes: "linear" }),
  );
  return builder.graph;
}

export function centerNetGraph(): Graph {
  const builder = new GraphBuilder("centernet");
  const maps = {
    heat: builder.input("heat", [2, 3, 5, 7]),
    size: builder.input("size", [2, 2, 5, 7]),
    offset: builder.input("offset", [2, 2, 5, 7]),
  };
  const { boxes, scores, classes } = decodeCenterNet(builder, maps, 8);
  builder.output("boxes", boxes);
  builder.output("scores", scores);
  builder.output("classes", classes);
  return builder.graph;
}

/** Two scales of three anchors and two classes. */
export function yoloGraph(): Graph {
  const builder = new GraphBuilder("yolo");
  const anchors = [
    [10, 14],
    [23, 27],
    [37, 58],
  ] as const;
  const heads = [
    { map: builder.input("coarse", [2, 21, 2, 3]), anchors, scaleXY: 1.05 },
    { map: builder.input("fine", [2, 21, 4, 6]), anchors },
  ];
  const { boxes, scores } = decodeYolo(builder, heads, [64, 96]);
  builder.output("boxes", boxes);
  builder.output("scores", scores);
  return builder.graph;
}

/** An input for each of a graph's: numbers in 0..1, with some that are equal. */
export function inputsOf(graph: Graph): Record<string, Tensor> {
  return Object.fromEntries(
    graph.inputs.map(({ name, shape }, i) => {
      const data = Float32Array.from(
        { length: sizeOf(shape) },
        (_, k) => Math.round(64 * (syntheticNumber(1e5 * (i + 1) + k) + 1)) / 128,
      );
      return [name, tensor(shape, data)];
    }),
  );
}
