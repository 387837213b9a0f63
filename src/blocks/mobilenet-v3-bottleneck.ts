/** MobileNetV3's block: an inverted residual with squeeze-and-excitation and hard swish. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { HARD_SIGMOID } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import { makeDivisible } from "./make-divisible.ts";
import type { Scope } from "./scope.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export interface MobileNetV3BottleneckOptions {
  /** Of the depthwise convolution: 3 or 5. */
  readonly kernel: number;
  /** "exp size": channels of the depthwise convolution; the input's leave the expansion out. */
  readonly expandedChannels: number;
  readonly outChannels: number;
  readonly squeezeExcite: boolean;
  /** "NL": ReLU or hard swish. */
  readonly activation: UnaryAttributes;
  /** 1 or 2 */
  readonly stride: number;
}

/**
 * Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam: Searching for
 * MobileNetV3, arXiv 1905.02244, section 4, figure 4. Names follow torchvision
 * (`mobilenetv3.py`, InvertedResidual). The figure leaves the order open: squeeze-and-excitation
 * comes after the depthwise convolution's activation, with a quarter of its channels.
 *
 *     x [N, C, H, W] -> 1x1, NL [N, E, H, W] -> depthwise kxk, NL [N, E, H/s, W/s] -> SE
 *                    -> 1x1, linear [N, O, H/s, W/s], + x where stride is 1 and O = C
 */
export function mobileNetV3Bottleneck(
  scope: Scope,
  x: Value,
  options: MobileNetV3BottleneckOptions,
): Value {
  const { kernel, expandedChannels, outChannels, activation, stride } = options;
  const inChannels = x.shape[1];
  const block = scope.at("block");
  let index = 0;
  const expanded =
    expandedChannels === inChannels
      ? x
      : convBnAct(block.at(index++), x, { outChannels: expandedChannels, activation });
  const filtered = convBnAct(block.at(index++), expanded, {
    outChannels: expandedChannels,
    kernel,
    stride,
    groups: expandedChannels,
    activation,
  });
  const gated = options.squeezeExcite
    ? squeezeExcite(block.at(index++), filtered, {
        squeezeChannels: makeDivisible(Math.floor(expandedChannels / 4)),
        gate: HARD_SIGMOID,
      })
    : filtered;
  const projected = convBnAct(block.at(index), gated, { outChannels, activation: null });
  return stride === 1 && inChannels === outChannels ? add(scope, x, projected) : projected;
}
