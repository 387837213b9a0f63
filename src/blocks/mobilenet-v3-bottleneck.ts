/** MobileNetV3's block: an inverted residual with squeeze-and-excitation and hard swish. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { HARD_SIGMOID } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import { makeDivisible } from "./make-divisible.ts";
import { TORCHVISION_BLOCK } from "./mobile-names.ts";
import type { NameInvertedResidual } from "./mobile-names.ts";
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
  /** Of the depthwise convolution; 1 by default. */
  readonly dilation?: number;
  /** torchvision's by default. */
  readonly names?: NameInvertedResidual;
}

/**
 * Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam: Searching for
 * MobileNetV3, arXiv 1905.02244, section 4, figure 4. Names follow torchvision
 * (`mobilenetv3.py`, InvertedResidual) or timm. The figure leaves the order open:
 * squeeze-and-excitation comes after the depthwise convolution's activation, with a quarter of its
 * channels.
 *
 *     x [N, C, H, W] -> 1x1, NL [N, E, H, W] -> depthwise kxk, NL [N, E, H/s, W/s] -> SE
 *                    -> 1x1, linear [N, O, H/s, W/s], + x where stride is 1 and O = C
 */
export function mobileNetV3Bottleneck(
  scope: Scope,
  x: Value,
  options: MobileNetV3BottleneckOptions,
): Value {
  const { kernel, expandedChannels, outChannels, activation, stride, dilation } = options;
  const { names = TORCHVISION_BLOCK } = options;
  const inChannels = x.shape[1];
  const hasExpansion = expandedChannels !== inChannels;
  const layers = names(hasExpansion, options.squeezeExcite);
  const expanded = hasExpansion
    ? convBnAct(scope, x, { names: layers.expand, outChannels: expandedChannels, activation })
    : x;
  const filtered = convBnAct(scope, expanded, {
    names: layers.depthwise,
    outChannels: expandedChannels,
    kernel,
    stride,
    dilation,
    groups: expandedChannels,
    activation,
  });
  const gated = options.squeezeExcite
    ? squeezeExcite(scope.at(layers.squeezeExcite), filtered, {
        squeezeChannels: makeDivisible(Math.floor(expandedChannels / 4)),
        gate: HARD_SIGMOID,
        names: layers.gate,
      })
    : filtered;
  const projected = convBnAct(scope, gated, {
    names: layers.project,
    outChannels,
    activation: null,
  });
  return stride === 1 && inChannels === outChannels ? add(scope, x, projected) : projected;
}
