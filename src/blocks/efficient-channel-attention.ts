/** Efficient channel attention: a gate for each channel from the means of its neighbours. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { SIGMOID } from "./activations.ts";
import { activate, globalAveragePool } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface EfficientChannelAttentionOptions {
  /** k: channels that a gate sees, an odd number; by default that of `channelKernel`. */
  readonly kernel?: number;
  /** Sigmoid by default. */
  readonly gate?: UnaryAttributes;
}

/** |log2(C) / 2 + 1 / 2|, rounded down and up to an odd number, at least 3: section 3.2.3 and timm. */
export function channelKernel(channels: number): number {
  const size = Math.floor((Math.log2(channels) + 1) / 2);
  return Math.max(3, size % 2 === 1 ? size : size + 1);
}

/**
 * Wang, Wu, Zhu, Li, Zuo, Hu: ECA-Net, arXiv 1910.03151, section 3.2 and figure 2. The weight's name
 * and shape [1, 1, k] follow timm (`eca.py`, EcaModule).
 *
 *     x [N, C, H, W] -> mean [N, 1, C] -> convolution of k taps across channels, sigmoid [N, 1, C]
 *                    -> x * gate [N, C, H, W]
 */
export function efficientChannelAttention(
  scope: Scope,
  x: Value,
  { kernel = channelKernel(x.shape[1]), gate = SIGMOID }: EfficientChannelAttentionOptions = {},
): Value {
  const { builder } = scope;
  const [images, channels] = x.shape;
  const mean = globalAveragePool(scope, x);
  const row = builder.reshape(mean, [images, 1, 1, channels], scope.name("row"));
  const taps = scope.parameter("conv.weight", [1, 1, kernel]);
  const weight = builder.reshape(taps, [1, 1, 1, kernel], scope.name("conv.taps"));
  const side = Math.floor((kernel - 1) / 2);
  const padding = [0, side, 0, side] as const;
  const convolved = builder.conv2d(row, weight, null, { padding }, scope.name("conv"));
  const gates = activate(scope, convolved, gate);
  const perChannel = builder.reshape(gates, [images, channels, 1, 1], scope.name("gates"));
  return builder.binary("mul", x, perChannel, scope.name("scale"));
}
