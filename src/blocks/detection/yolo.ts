/** The heads of YOLOv3 and YOLOv4. */
import type { Pair } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import type { Candidates } from "./candidates.ts";

/** The map of one scale, [N, A * (5 + classes), H, W], and the A anchors of its cells. */
export interface YoloHead {
  readonly map: Value;
  /** [w, h] in pixels of the network's input */
  readonly anchors: readonly Pair[];
  /** `scale_x_y`: how far centres may leave their cell; 1 by default. */
  readonly scaleXY?: number;
}

const TINY: readonly Pair[] = [
  [10, 14],
  [23, 27],
  [37, 58],
  [81, 82],
  [135, 169],
  [344, 319],
];

/** Anchors by stride. As shipped, YOLOv3-tiny uses the first anchor and YOLOv4-tiny does not. */
export const YOLO_TINY_ANCHORS = {
  v3: { 32: TINY.slice(3), 16: TINY.slice(0, 3) },
  v4: { 32: TINY.slice(3), 16: TINY.slice(1, 4) },
} as const;

/**
 * Redmon, Farhadi: YOLOv3: An Incremental Improvement, arXiv 1804.02767, section 2.1; `scaleXY`:
 * Bochkovskiy, Wang, Liao: YOLOv4, arXiv 2004.10934, "eliminate grid sensitivity". As `yolo_layer.c` of Darknet.
 *
 *     x = (c(t_x) + column) / W, w = e^t_w * w_a / width of the input, the same for y and h
 *     score of a class = sigmoid(t_class) * sigmoid(t_o)
 *
 * where c(t) = scaleXY * sigmoid(t) - (scaleXY - 1) / 2. Boxes are [x, y, w, h] with their centre,
 * as parts of the input, those of all heads one after the other: by head, anchor, row, column.
 *
 * @param inputSize [h, w] of the network's input
 */
export function decodeYolo(
  builder: GraphBuilder,
  heads: readonly YoloHead[],
  inputSize: Pair,
): Candidates {
  const decoded = heads.map(({ map, anchors, scaleXY = 1 }) =>
    builder.apply("decodeYolo", [map], { anchors, inputSize, scaleXY }),
  );
  if (decoded.length === 1) return { boxes: decoded[0][0], scores: decoded[0][1] };
  return {
    boxes: builder.concat(
      decoded.map(([boxes]) => boxes),
      1,
    ),
    scores: builder.concat(
      decoded.map(([, scores]) => scores),
      2,
    ),
  };
}
