/** Shift blocks: 1x1 convolutions, and channels that move instead of 3x3 convolutions. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { activate, add, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { shortcut } from "./shortcut.ts";

/**
 * Wu, Wan, Yue, Jin, Zhao, Golmant, Gholaminejad, Gonzalez, Keutzer: Shift: A Zero FLOP, Zero
 * Parameter Alternative to Spatial Convolutions, arXiv 1711.08141, section 3.1. The paper moves
 * contiguous groups of channels; the released code (shiftnet_cuda_v2) takes the nine directions of a
 * 3x3 kernel in turn. x [N, C, H, W] -> [N, C, H, W]
 */
export function shift(scope: Scope, x: Value, kernel = 3): Value {
  return scope.builder.op("shift", [x], { kernel, dilation: 1 }, scope.path);
}

export interface ShiftConvOptions {
  readonly outChannels: number;
  /** Channels between the convolutions over the channels after them. */
  readonly expansion: number;
  /** Of the last convolution: 1 or 2. */
  readonly stride: number;
}

/**
 * Wu et al., arXiv 1711.08141, section 3.3, as released: convolution, shift, convolution (CSC). Names
 * follow alvinwan/shiftresnet-cifar (`models/shiftresnet.py`, ShiftConv). Nothing follows the sum.
 *
 *     x [N, C, H, W] -> 1x1, ReLU [N, eO, H, W] -> shift -> 1x1, ReLU [N, O, H/s, W/s] -> + shortcut
 */
export function convShiftConv(
  scope: Scope,
  x: Value,
  { outChannels, expansion, stride }: ShiftConvOptions,
): Value {
  const expanded = convBnAct(scope, x, {
    names: ["conv1", "bn1"],
    outChannels: Math.floor(expansion * outChannels),
    activation: RELU,
  });
  const moved = shift(scope.at("shift2"), expanded);
  const projected = convBnAct(scope, moved, {
    names: ["conv2", "bn2"],
    outChannels,
    stride,
    activation: RELU,
  });
  return add(scope, projected, shortcut(scope.at("shortcut"), x, { outChannels, stride }));
}

/**
 * Wu et al., arXiv 1711.08141, figure 3: shift, convolution, shift, convolution (SC2). It was never
 * released; where its norms and activations stand is this library's choice.
 *
 *     x [N, C, H, W] -> shift -> 1x1, ReLU [N, eC, H, W] -> shift -> 1x1 [N, C, H, W] -> + x -> ReLU
 */
export function shiftConvShiftConv(
  scope: Scope,
  x: Value,
  { expansion }: Pick<ShiftConvOptions, "expansion">,
): Value {
  const channels = x.shape[1];
  const mixed = convBnAct(scope.at("c1"), shift(scope.at("shift1"), x), {
    outChannels: Math.floor(expansion * channels),
    activation: RELU,
  });
  const projected = convBnAct(scope.at("c2"), shift(scope.at("shift2"), mixed), {
    outChannels: channels,
    activation: null,
  });
  return activate(scope, add(scope, projected, x), RELU);
}
