/** ResNet's basic block: two 3x3 convolutions, and the input added. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { activate, add, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { shortcut } from "./shortcut.ts";

export interface ResidualBasicOptions {
  readonly outChannels: number;
  readonly stride?: number;
  /** Of the second convolution, and of the first but for the first block of a dilated stage. */
  readonly dilation?: number;
  readonly firstDilation?: number;
  /** ResNet-D's shortcut. */
  readonly pooledShortcut?: boolean;
  /** Path of the shortcut; `downsample` by default. */
  readonly shortcutName?: string;
  /** Stands for the first convolution (SKNet). */
  readonly first?: (x: Value) => Value;
  /** Names of the second convolution and its batch norm. */
  readonly names?: readonly [string, string];
  /** Weights the sum's left side, as squeeze-and-excitation does. */
  readonly excite?: (residual: Value) => Value;
}

/**
 * He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385, figure 5
 * left. Names follow torchvision (`resnet.py`, BasicBlock).
 *
 *     x [N, C, H, W] -> 3x3, ReLU [N, O, H/s, W/s] -> 3x3 [N, O, H/s, W/s]
 *                    -> + shortcut -> ReLU
 */
export function residualBasic(scope: Scope, x: Value, options: ResidualBasicOptions): Value {
  const { outChannels, stride = 1, dilation = 1, firstDilation = dilation } = options;
  const { shortcutName = "downsample" } = options;
  const filtered = options.first
    ? options.first(x)
    : convBnAct(scope, x, {
        names: ["conv1", "bn1"],
        outChannels,
        kernel: 3,
        stride,
        dilation: firstDilation,
        activation: RELU,
      });
  const residual = convBnAct(scope, filtered, {
    names: options.names ?? ["conv2", "bn2"],
    outChannels,
    kernel: 3,
    dilation,
    activation: null,
  });
  const weighted = options.excite?.(residual) ?? residual;
  const bypass = shortcut(scope.at(shortcutName), x, {
    outChannels,
    stride,
    dilation,
    pooled: options.pooledShortcut,
  });
  return activate(scope, add(scope, weighted, bypass), RELU);
}
