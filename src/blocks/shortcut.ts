/** The shortcut of a residual block: the input itself, or the input brought to another shape. */
import type { Value } from "../graph/graph.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface ShortcutOptions {
  readonly outChannels: number;
  readonly stride: number;
  /** Of the block that it bypasses; 1 by default. */
  readonly dilation?: number;
  /** Of the projection: 1 by default, 3 in SENet-154. */
  readonly kernel?: number;
  /** ResNet-D: a mean over 2x2 pixels in the place of the stride. */
  readonly pooled?: boolean;
}

/** The mean over 2x2 pixels; a dilated stage keeps its size, and counts the zeros at its end. */
function meanOfPixels(scope: Scope, x: Value, stride: number): Value {
  const window =
    stride === 1
      ? ({ padding: [0, 0, 1, 1], countIncludePad: true } as const)
      : ({ ceilMode: true, countIncludePad: false } as const);
  return scope.builder.averagePool2d(
    x,
    { kernel: [2, 2], stride: [stride, stride], ...window },
    scope.path,
  );
}

/**
 * He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, arXiv 1512.03385, section
 * 3.3, option B; pooled: He, Zhang, Zhang, Zhang, Xie, Li: Bag of Tricks, arXiv 1812.01187,
 * figure 2c. Names follow timm and torchvision (`downsample`).
 *
 *     x [N, C, H, W] -> x where shapes agree, else 1x1, batch norm [N, outChannels, H/s, W/s]
 */
export function shortcut(scope: Scope, x: Value, options: ShortcutOptions): Value {
  const { outChannels, stride, dilation = 1, kernel = 1, pooled = false } = options;
  if (stride === 1 && x.shape[1] === outChannels) return x;
  if (!pooled) return convBnAct(scope, x, { outChannels, kernel, stride, activation: null });
  const isPooled = stride !== 1 || dilation !== 1;
  const reduced = isPooled ? meanOfPixels(scope.at(0), x, stride) : x;
  return convBnAct(scope, reduced, { names: [1, 2], outChannels, activation: null });
}
