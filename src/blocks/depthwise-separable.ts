/** MobileNetV1's block: filter each channel, then mix the channels. */
import type { Value } from "../graph/graph.ts";
import { RELU6 } from "./activations.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface DepthwiseSeparableOptions {
  readonly outChannels: number;
  /** 1 or 2 */
  readonly stride: number;
  /** Of the depthwise convolution; 1 by default. */
  readonly dilation?: number;
}

/**
 * Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam: MobileNets, arXiv 1704.04861,
 * section 3.1, figure 3. The paper says ReLU; its code (TF-Slim `mobilenet_v1.py`) and all released
 * weights have ReLU6. Names follow timm (`_efficientnet_blocks.py`, DepthwiseSeparableConv).
 *
 *     x [N, C, H, W] -> depthwise 3x3, ReLU6 [N, C, H/s, W/s] -> 1x1, ReLU6 [N, O, H/s, W/s]
 */
export function depthwiseSeparable(
  scope: Scope,
  x: Value,
  { outChannels, stride, dilation }: DepthwiseSeparableOptions,
): Value {
  const inChannels = x.shape[1];
  const filtered = convBnAct(scope, x, {
    names: ["conv_dw", "bn1"],
    outChannels: inChannels,
    kernel: 3,
    stride,
    dilation,
    groups: inChannels,
    activation: RELU6,
  });
  return convBnAct(scope, filtered, { names: ["conv_pw", "bn2"], outChannels, activation: RELU6 });
}
