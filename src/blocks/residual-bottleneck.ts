/** ResNet's bottleneck: reduce, filter, expand, and the input added; also ResNeXt's and SE-ResNet's. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { activate, add, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { shortcut } from "./shortcut.ts";

export interface ResidualBottleneckOptions {
  /** Channels of the 3x3 convolution. */
  readonly width: number;
  /** Channels of the first 1x1 convolution; SENet-154 has half as many, the others `width`. */
  readonly reducedChannels?: number;
  readonly outChannels: number;
  readonly stride?: number;
  /** Which convolution has the stride: the 3x3 (v1.5, the default) or the first 1x1 (the paper). */
  readonly strideAt?: "3x3" | "1x1";
  /** Of the 3x3 convolution, but for the first block of a dilated stage. */
  readonly dilation?: number;
  readonly firstDilation?: number;
  /** ResNeXt's cardinality. */
  readonly groups?: number;
  /** ResNet-D's shortcut. */
  readonly pooledShortcut?: boolean;
  /** Kernel of the shortcut's projection. */
  readonly shortcutKernel?: number;
  /** Names of convolution i and its batch norm. */
  readonly names?: (i: number) => readonly [string, string];
  readonly shortcutName?: string;
  /** Stands for the 3x3 convolution, stride included (Res2Net, HS-ResNet, SKNet, ResNeSt). */
  readonly filter?: (reduced: Value) => Value;
  /** Weights the sum's left side, as squeeze-and-excitation does. */
  readonly excite?: (residual: Value) => Value;
}

const TORCHVISION_NAMES = (i: number) => [`conv${i}`, `bn${i}`] as const;

/**
 * He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385, figure 5
 * right; groups: Xie, Girshick, Dollár, Tu, He: Aggregated Residual Transformations, arXiv
 * 1611.05431, figure 3c. Names follow torchvision (`resnet.py`, Bottleneck). The paper strides in
 * the first 1x1 convolution, torchvision and timm in the 3x3 (v1.5).
 *
 *     x [N, C, H, W] -> 1x1, ReLU [N, width, H, W] -> 3x3, ReLU [N, width, H/s, W/s]
 *                    -> 1x1 [N, O, H/s, W/s] -> + shortcut -> ReLU
 */
export function residualBottleneck(
  scope: Scope,
  x: Value,
  options: ResidualBottleneckOptions,
): Value {
  const { width, outChannels, stride = 1, dilation = 1, names = TORCHVISION_NAMES } = options;
  const [stride1, stride2] = options.strideAt === "1x1" ? [stride, 1] : [1, stride];
  const reduced = convBnAct(scope, x, {
    names: names(1),
    outChannels: options.reducedChannels ?? width,
    stride: stride1,
    activation: RELU,
  });
  const filtered = options.filter
    ? options.filter(reduced)
    : convBnAct(scope, reduced, {
        names: names(2),
        outChannels: width,
        kernel: 3,
        stride: stride2,
        dilation: options.firstDilation ?? dilation,
        groups: options.groups,
        activation: RELU,
      });
  const residual = convBnAct(scope, filtered, { names: names(3), outChannels, activation: null });
  const weighted = options.excite?.(residual) ?? residual;
  const bypass = shortcut(scope.at(options.shortcutName ?? "downsample"), x, {
    outChannels,
    stride,
    dilation,
    kernel: options.shortcutKernel,
    pooled: options.pooledShortcut,
  });
  return activate(scope, add(scope, weighted, bypass), RELU);
}
