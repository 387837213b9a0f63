/** Squeeze-and-excitation: channels weighted by a gate that sees the whole image. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { convAct, globalAveragePool } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface SqueezeExciteOptions {
  /** Channels between the two fully connected layers. */
  readonly squeezeChannels: number;
  /** `SIGMOID` in the paper, `HARD_SIGMOID` in MobileNetV3. */
  readonly gate: UnaryAttributes;
  /** Between the two; ReLU by default. */
  readonly activation?: UnaryAttributes;
  /** Of the two layers; `["fc1", "fc2"]` by default. */
  readonly names?: readonly [string, string];
}

/**
 * Hu, Shen, Albanie, Sun, Wu: Squeeze-and-Excitation Networks, arXiv 1709.01507, section 3 and
 * figure 1. Names and 1x1 convolutions in the place of fully connected layers follow torchvision
 * (`ops/misc.py`, SqueezeExcitation).
 *
 *     x [N, C, H, W] -> mean [N, C, 1, 1] -> fc1, activation [N, squeezeChannels, 1, 1]
 *                    -> fc2, gate [N, C, 1, 1] -> x * gate [N, C, H, W]
 */
export function squeezeExcite(scope: Scope, x: Value, options: SqueezeExciteOptions): Value {
  const { squeezeChannels, gate, activation = RELU, names = ["fc1", "fc2"] } = options;
  const squeezed = globalAveragePool(scope, x);
  const reduced = convAct(scope.at(names[0]), squeezed, {
    outChannels: squeezeChannels,
    activation,
  });
  const excitation = convAct(scope.at(names[1]), reduced, {
    outChannels: x.shape[1],
    activation: gate,
  });
  return scope.builder.binary("mul", x, excitation, scope.name("scale"));
}
