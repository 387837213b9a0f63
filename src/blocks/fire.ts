/** SqueezeNet's Fire module: a 1x1 squeeze, then 1x1 and 3x3 expansions side by side. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { convAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface FireOptions {
  /** s1x1: channels of the squeeze layer. */
  readonly squeeze: number;
  /** e1x1 and e3x3: channels of each of the two expansions, equal in every published network. */
  readonly expand: number;
  /** Of squeeze, 1x1 and 3x3 expansion and their concatenation; torchvision's by default. */
  readonly names?: readonly [string, string, string, string];
}

const TORCHVISION = ["squeeze", "expand1x1", "expand3x3", "concat"] as const;

/**
 * Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet, arXiv 1602.07360, section 3.2 and
 * figure 1. Names follow torchvision (`squeezenet.py`, Fire). No batch norm; ReLU after each.
 *
 *     x [N, C, H, W] -> squeeze [N, s, H, W] -> concat(expand1x1, expand3x3) [N, 2e, H, W]
 */
export function fire(scope: Scope, x: Value, options: FireOptions): Value {
  const { squeeze, expand, names = TORCHVISION } = options;
  const squeezed = convAct(scope.at(names[0]), x, { outChannels: squeeze, activation: RELU });
  const pointwise = convAct(scope.at(names[1]), squeezed, {
    outChannels: expand,
    activation: RELU,
  });
  const spatial = convAct(scope.at(names[2]), squeezed, {
    outChannels: expand,
    kernel: 3,
    activation: RELU,
  });
  return scope.builder.concat([pointwise, spatial], 1, scope.name(names[3]));
}
