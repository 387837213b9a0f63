/** Channels dealt out so that each group of the next layer sees some of every group of the last. */
import type { Value } from "../graph/graph.ts";
import type { Scope } from "./scope.ts";

/**
 * Zhang, Zhou, Lin, Sun: ShuffleNet, arXiv 1707.01083, section 3.1, figure 1c. With n = C / groups,
 * output channel j * groups + q is input channel q * n + j; `groups` and n swapped undo it.
 *
 *     x [N, C, H, W] -> [N, groups, n, H, W] -> [N, n, groups, H, W] -> [N, C, H, W]
 */
export function channelShuffle(scope: Scope, x: Value, groups: number): Value {
  const { builder } = scope;
  const [batch, channels, height, width] = x.shape;
  const grouped = builder.reshape(
    x,
    [batch, groups, channels / groups, height, width],
    scope.name("grouped"),
  );
  const transposed = builder.transpose(grouped, [0, 2, 1, 3, 4], scope.name("transposed"));
  return builder.reshape(transposed, x.shape, scope.name("shuffled"));
}
