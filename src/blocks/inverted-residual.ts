/** MobileNetV2's block: expand, filter each channel, project without an activation, add. */
import type { Value } from "../graph/graph.ts";
import { RELU6 } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import { TORCHVISION_V2 } from "./mobile-names.ts";
import type { NameInvertedResidual } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";

export interface InvertedResidualOptions {
  /** t: the expansion's channels over the input's; 1 leaves the expansion out. */
  readonly expand: number;
  /** c */
  readonly outChannels: number;
  /** s: 1 or 2 */
  readonly stride: number;
  /** Of the depthwise convolution; 1 by default. */
  readonly dilation?: number;
  /** torchvision's by default. */
  readonly names?: NameInvertedResidual;
}

/**
 * Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2, arXiv 1801.04381, section 3.3, table 1 and
 * figure 4d. Names follow torchvision (`mobilenetv2.py`, InvertedResidual) or timm.
 *
 *     x [N, C, H, W] -> 1x1, ReLU6 [N, tC, H, W] -> depthwise 3x3, ReLU6 [N, tC, H/s, W/s]
 *                    -> 1x1, linear [N, c, H/s, W/s], + x where stride is 1 and c = C
 */
export function invertedResidual(scope: Scope, x: Value, options: InvertedResidualOptions): Value {
  const { expand, outChannels, stride, dilation, names = TORCHVISION_V2 } = options;
  const inChannels = x.shape[1];
  const hidden = Math.round(inChannels * expand);
  const hasExpansion = expand !== 1;
  const layers = names(hasExpansion, false);
  const expanded = hasExpansion
    ? convBnAct(scope, x, { names: layers.expand, outChannels: hidden, activation: RELU6 })
    : x;
  const filtered = convBnAct(scope, expanded, {
    names: layers.depthwise,
    outChannels: hidden,
    kernel: 3,
    stride,
    dilation,
    groups: hidden,
    activation: RELU6,
  });
  const projected = convBnAct(scope, filtered, {
    names: layers.project,
    outChannels,
    activation: null,
  });
  return stride === 1 && inChannels === outChannels ? add(scope, x, projected) : projected;
}
