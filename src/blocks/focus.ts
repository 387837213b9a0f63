/** Focus: every 2x2 pixels become channels of one. */
import { ShapeError } from "../graph/errors.ts";
import type { Value } from "../graph/graph.ts";
import { formatShape } from "../graph/tensor.ts";
import type { Scope } from "./scope.ts";

/** [row, column] of each quarter of the channels. */
const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

/**
 * The space-to-depth that begins YOLOv5 and YOLOX; order of mmdetection (`csp_darknet.py`, Focus):
 * top left, bottom left, top right, bottom right.
 *
 *     x [N, C, H, W] -> [N, 4C, H/2, W/2]
 *
 * @throws ShapeError when H or W is odd
 */
export function focus(scope: Scope, x: Value): Value {
  if (x.shape[2] % 2 || x.shape[3] % 2) {
    throw new ShapeError(
      `focus "${scope.name("focus")}": x is ${formatShape(x.shape)}, ` +
        "but its height and width must be even",
    );
  }
  const sizes = [x.shape[2] / 2, x.shape[3] / 2];
  const quarters = CORNERS.map((starts, i) =>
    scope.builder.op(
      "slice",
      [x],
      { axes: [2, 3], starts, sizes, steps: [2, 2] },
      scope.name(`quarter${i}`),
    ),
  );
  return scope.builder.concat(quarters, 1, scope.name("focus"));
}
