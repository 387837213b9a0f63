/** What a detection head gives and non-maximum suppression takes, and how boxes are written. */
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import { tensor } from "../../graph/tensor.ts";

/** n boxes of each of N images, and how much each is of each of C classes. */
export interface Candidates {
  /** [N, n, 4] */
  readonly boxes: Value;
  /** [N, C, n] */
  readonly scores: Value;
}

/** The two corners x1, y1, x2, y2 of boxes x, y, w, h that are given by their centres. [..., 4] */
export function boxCorners(builder: GraphBuilder, boxes: Value, name?: string): Value {
  const rows = [
    [1, 0, 1, 0],
    [0, 1, 0, 1],
    [-0.5, 0, 0.5, 0],
    [0, -0.5, 0, 0.5],
  ];
  const halves = builder.constant(tensor([4, 4], Float32Array.from(rows.flat())));
  return builder.op("matmul", [boxes, halves], {}, name);
}

/**
 * The maps of all scales of a head as one list: each map [N, A * size, H, W] has A entries of
 * `size` channels for each pixel; the result is [N, sum of H * W * A, size], by scale, row, column
 * and entry, as SSD's reference implementations order it.
 */
export function joinMaps(builder: GraphBuilder, maps: readonly Value[], size: number): Value {
  const lists = maps.map((map) => {
    const [batch, channels, height, width] = map.shape;
    const pixels = builder.transpose(map, [0, 2, 3, 1]);
    return builder.reshape(pixels, [batch, (height * width * channels) / size, size]);
  });
  return lists.length === 1 ? lists[0] : builder.concat(lists, 1);
}

/**
 * Scores for non-maximum suppression of logits [N, n, C]: [N, C', n]. After a softmax the first
 * `skip` classes, the background, are left out.
 */
export function classScores(
  builder: GraphBuilder,
  logits: Value,
  { activation, skip = 0 }: { readonly activation: "softmax" | "sigmoid"; readonly skip?: number },
): Value {
  const scores =
    activation === "softmax"
      ? builder.op("softmax", [logits], { axis: 2 })
      : builder.unary(logits, { kind: "sigmoid" });
  const byClass = builder.transpose(scores, [0, 2, 1]);
  if (skip === 0) return byClass;
  const sizes = [byClass.shape[1] - skip];
  return builder.op("slice", [byClass], { axes: [1], starts: [skip], sizes, steps: [1] });
}
