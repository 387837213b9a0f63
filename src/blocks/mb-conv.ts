/** EfficientNet's block: MobileNetV2's with swish, and with squeeze-and-excitation everywhere. */
import type { Value } from "../graph/graph.ts";
import { SIGMOID, SILU } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import { TORCHVISION_BLOCK } from "./mobile-names.ts";
import type { NameInvertedResidual } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export interface MbConvOptions {
  /** MBConv1 or MBConv6: the expansion's channels over the input's; 1 leaves the expansion out. */
  readonly expand: number;
  /** Of the depthwise convolution: 3 or 5. */
  readonly kernel: number;
  readonly outChannels: number;
  /** 1 or 2 */
  readonly stride: number;
  /** Of the depthwise convolution; 1 by default. */
  readonly dilation?: number;
  /** torchvision's by default. */
  readonly names?: NameInvertedResidual;
}

/**
 * Tan, Le: EfficientNet, arXiv 1905.11946, section 4; the block is of Tan et al.: MnasNet, arXiv
 * 1807.11626, figure 7b. Names follow torchvision (`efficientnet.py`, MBConv) or timm. The gate
 * has a quarter of the channels of the block's input, not of the expansion, and also swish.
 *
 *     x [N, C, H, W] -> 1x1, swish [N, tC, H, W] -> depthwise kxk, swish [N, tC, H/s, W/s] -> SE
 *                    -> 1x1, linear [N, O, H/s, W/s], + x where stride is 1 and O = C
 */
export function mbConv(scope: Scope, x: Value, options: MbConvOptions): Value {
  const { expand, kernel, outChannels, stride, dilation, names = TORCHVISION_BLOCK } = options;
  const inChannels = x.shape[1];
  const hidden = inChannels * expand;
  const layers = names(expand !== 1, true);
  const expanded =
    expand === 1
      ? x
      : convBnAct(scope, x, { names: layers.expand, outChannels: hidden, activation: SILU });
  const filtered = convBnAct(scope, expanded, {
    names: layers.depthwise,
    outChannels: hidden,
    kernel,
    stride,
    dilation,
    groups: hidden,
    activation: SILU,
  });
  const gated = squeezeExcite(scope.at(layers.squeezeExcite), filtered, {
    squeezeChannels: Math.max(1, Math.floor(inChannels / 4)),
    activation: SILU,
    gate: SIGMOID,
    names: layers.gate,
  });
  const projected = convBnAct(scope, gated, {
    names: layers.project,
    outChannels,
    activation: null,
  });
  return stride === 1 && inChannels === outChannels ? add(scope, x, projected) : projected;
}
