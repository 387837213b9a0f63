/** ResNeSt's block: a bottleneck with split attention, and pools in the place of strides. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { convBnAct } from "./layers.ts";
import { residualBottleneck } from "./residual-bottleneck.ts";
import type { Scope } from "./scope.ts";
import { splitAttention } from "./split-attention.ts";

export interface ResNeStBottleneckOptions {
  /** Channels of the split attention. */
  readonly width: number;
  readonly outChannels: number;
  readonly stride?: number;
  readonly dilation?: number;
  /** Splits; 0 is a 3x3 convolution without attention. 2 by default. */
  readonly radix?: number;
  /** Cardinal groups; 1 by default. */
  readonly cardinality?: number;
  /** Where the 3x3 mean that strides lies; "first" is the authors' fast variant. */
  readonly averageDown?: "first" | "last";
  /** The first block of a stage but the first pools even where its stride is 1. */
  readonly isFirst?: boolean;
}

/**
 * Zhang et al.: ResNeSt, arXiv 2004.08955, section 3 and figure 2 right; the mean in the place of
 * the stride: section 4.1. Names follow the authors' code (`resnet.py`, Bottleneck).
 *
 *     x [N, C, H, W] -> 1x1, ReLU [N, width, H, W] -> split attention, 3x3 mean [N, width, H/s, W/s]
 *                    -> 1x1 [N, O, H/s, W/s] -> + shortcut (ResNet-D) -> ReLU
 */
export function resNeStBottleneck(
  scope: Scope,
  x: Value,
  options: ResNeStBottleneckOptions,
): Value {
  const { width, outChannels, stride = 1, dilation = 1, radix = 2, cardinality = 1 } = options;
  const { averageDown = "last", isFirst = false } = options;
  const isAveraged = stride > 1 || isFirst;
  const average = (value: Value) =>
    scope.builder.averagePool2d(
      value,
      { kernel: [3, 3], stride: [stride, stride], padding: [1, 1, 1, 1] },
      scope.name("avd_layer"),
    );
  const attend = (value: Value) =>
    radix === 0
      ? convBnAct(scope, value, {
          names: ["conv2", "bn2"],
          outChannels: width,
          kernel: 3,
          dilation,
          groups: cardinality,
          activation: RELU,
        })
      : splitAttention(scope.at("conv2"), value, {
          outChannels: width,
          radix,
          cardinality,
          dilation,
        });
  const filter = (reduced: Value) => {
    if (!isAveraged) return attend(reduced);
    return averageDown === "first" ? attend(average(reduced)) : average(attend(reduced));
  };
  return residualBottleneck(scope, x, {
    width,
    outChannels,
    stride,
    filter,
    pooledShortcut: true,
  });
}
