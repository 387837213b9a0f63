/** MobileNetV2's block: expand, filter each channel, project without an activation, add. */
import type { Value } from "../graph/graph.ts";
import { RELU6 } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface InvertedResidualOptions {
  /** t: the expansion's channels over the input's; 1 leaves the expansion out. */
  readonly expand: number;
  /** c */
  readonly outChannels: number;
  /** s: 1 or 2 */
  readonly stride: number;
}

/**
 * Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2, arXiv 1801.04381, section 3.3, table 1 and
 * figure 4d. Names follow torchvision (`mobilenetv2.py`, InvertedResidual).
 *
 *     x [N, C, H, W] -> 1x1, ReLU6 [N, tC, H, W] -> depthwise 3x3, ReLU6 [N, tC, H/s, W/s]
 *                    -> 1x1, linear [N, c, H/s, W/s], + x where stride is 1 and c = C
 */
export function invertedResidual(scope: Scope, x: Value, options: InvertedResidualOptions): Value {
  const { expand, outChannels, stride } = options;
  const inChannels = x.shape[1];
  const hidden = Math.round(inChannels * expand);
  const conv = scope.at("conv");
  let index = 0;
  const expanded =
    expand === 1 ? x : convBnAct(conv.at(index++), x, { outChannels: hidden, activation: RELU6 });
  const filtered = convBnAct(conv.at(index++), expanded, {
    outChannels: hidden,
    kernel: 3,
    stride,
    groups: hidden,
    activation: RELU6,
  });
  const projected = convBnAct(conv, filtered, {
    names: [index, index + 1],
    outChannels,
    activation: null,
  });
  return stride === 1 && inChannels === outChannels ? add(scope, x, projected) : projected;
}
