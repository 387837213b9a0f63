/** DenseNet's layer, which appends a few channels to all before it, and the transition between blocks. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { activate, batchNorm, convolve } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** Names of the parts of a dense layer, in order of use. */
export interface DenseLayerNames {
  readonly norm1: string;
  readonly conv1: string;
  readonly norm2: string;
  readonly conv2: string;
}

export interface DenseLayerOptions {
  /** k: channels that the layer appends. */
  readonly growth: number;
  /** Channels of the 1x1 convolution over `growth`; 4 by default. */
  readonly bottleneck?: number;
  readonly names?: DenseLayerNames;
}

const TORCHVISION_NAMES = { norm1: "norm1", conv1: "conv1", norm2: "norm2", conv2: "conv2" };

/** Batch norm, ReLU, convolution without bias. */
export function normReluConv(
  scope: Scope,
  x: Value,
  [norm, convolution]: readonly [string, string],
  options: { readonly outChannels: number; readonly kernel?: number },
): Value {
  const normed = batchNorm(scope.at(norm), x);
  return convolve(scope.at(convolution), activate(scope.at(norm), normed, RELU), options, false);
}

/**
 * Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, arXiv
 * 1608.06993, section 3 (DenseNet-B). Names follow torchvision (`densenet.py`, _DenseLayer).
 *
 *     x [N, C, H, W] -> norm, ReLU, 1x1 [N, 4k, H, W] -> norm, ReLU, 3x3 [N, k, H, W]
 *                    -> concat(x, new) [N, C + k, H, W]
 */
export function denseLayer(scope: Scope, x: Value, options: DenseLayerOptions): Value {
  return scope.builder.concat([x, denseFeatures(scope, x, options)], 1, scope.name("concat"));
}

/** What a dense layer appends. x [N, C, H, W] -> [N, k, H, W] */
export function denseFeatures(scope: Scope, x: Value, options: DenseLayerOptions): Value {
  const { growth, bottleneck = 4, names = TORCHVISION_NAMES } = options;
  const reduced = normReluConv(scope, x, [names.norm1, names.conv1], {
    outChannels: bottleneck * growth,
  });
  return normReluConv(scope, reduced, [names.norm2, names.conv2], {
    outChannels: growth,
    kernel: 3,
  });
}

/**
 * Section 3 of the same paper (DenseNet-C); names follow torchvision (_Transition). The text leaves
 * the ReLU out.
 *
 *     x [N, C, H, W] -> norm, ReLU, 1x1 [N, floor(C theta), H, W] -> 2x2 mean [N, ., H/2, W/2]
 */
export function denseTransition(scope: Scope, x: Value, theta = 0.5): Value {
  const compressed = normReluConv(scope, x, ["norm", "conv"], {
    outChannels: Math.floor(x.shape[1] * theta),
  });
  return scope.builder.averagePool2d(compressed, { kernel: [2, 2] }, scope.name("pool"));
}
