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
}

/**
 * Hu, Shen, Albanie, Sun, Wu: Squeeze-and-Excitation Networks, arXiv 1709.01507, section 3 and
 * figure 1. Names and 1x1 convolutions in the place of fully connected layers follow torchvision
 * (`ops/misc.py`, SqueezeExcitation).
 *
 *     x [N, C, H, W] -> mean [N, C, 1, 1] -> fc1, ReLU [N, squeezeChannels, 1, 1]
 *                    -> fc2, gate [N, C, 1, 1] -> x * gate [N, C, H, W]
 */
export function squeezeExcite(scope: Scope, x: Value, options: SqueezeExciteOptions): Value {
  const { squeezeChannels, gate } = options;
  const squeezed = globalAveragePool(scope, x);
  const reduced = convAct(scope.at("fc1"), squeezed, {
    outChannels: squeezeChannels,
    activation: RELU,
  });
  const excitation = convAct(scope.at("fc2"), reduced, {
    outChannels: x.shape[1],
    activation: gate,
  });
  return scope.builder.binary("mul", x, excitation, scope.name("scale"));
}
