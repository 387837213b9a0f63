/** Spatial pyramid pooling: maxima over windows of several sizes, side by side. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface SpatialPyramidPoolingOptions {
  readonly outChannels: number;
  readonly activation: UnaryAttributes;
  /** The two 1x1 convolutions; `conv1` and `conv2` in mmdetection. */
  readonly names?: readonly [string, string];
  /** Convolution and batch norm of each; `conv` and `bn` in mmdetection. */
  readonly layer?: readonly [string | number, string | number];
}

/**
 * He, Zhang, Ren, Sun: Spatial Pyramid Pooling, arXiv 1406.4729, in the form of YOLOv3-SPP:
 * same-sized maxima over 5x5, 9x9 and 13x13 pixels. Names follow mmdetection (SPPBottleneck).
 * Windows are chained, since the maximum of 5x5 maxima over 5x5 is that over 9x9.
 *
 *     x [N, C, H, W] -> 1x1 [N, C/2, H, W] -> concat(x, max 5, max 9, max 13) [N, 2C, H, W]
 *                    -> 1x1 [N, O, H, W]
 */
export function spatialPyramidPooling(
  scope: Scope,
  x: Value,
  options: SpatialPyramidPoolingOptions,
): Value {
  const { outChannels, activation, names = ["conv1", "conv2"], layer = ["conv", "bn"] } = options;
  const reduced = convBnAct(scope.at(names[0]), x, {
    names: layer,
    outChannels: Math.floor(x.shape[1] / 2),
    activation,
  });
  const window = { kernel: [5, 5], stride: [1, 1], padding: [2, 2, 2, 2] } as const;
  const pyramid = [reduced];
  for (const size of [5, 9, 13]) {
    const finest = pyramid[pyramid.length - 1];
    pyramid.push(scope.builder.maxPool2d(finest, window, scope.name(`max${size}`)));
  }
  const joined = scope.builder.concat(pyramid, 1, scope.name("concat"));
  return convBnAct(scope.at(names[1]), joined, { names: layer, outChannels, activation });
}
