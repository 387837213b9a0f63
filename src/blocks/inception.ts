/** GoogLeNet's module: four paths of different receptive fields, side by side. */
import type { GraphBuilder } from "../graph/builder.ts";
import type { Value } from "../graph/graph.ts";

/** The parts of a module, called as in BVLC's GoogLeNet. */
export type InceptionPart =
  "1x1" | "3x3_reduce" | "3x3" | "5x5_reduce" | "5x5" | "pool" | "pool_proj" | "output";

export interface InceptionOptions {
  /** #1x1 */
  readonly pointwise: number;
  /** #3x3 reduce */
  readonly reduce3: number;
  /** #3x3 */
  readonly spatial3: number;
  /** #5x5 reduce */
  readonly reduce5: number;
  /** #5x5 */
  readonly spatial5: number;
  /** pool proj */
  readonly poolProjection: number;
}

/** How an implementation makes the parts. */
export interface InceptionStyle {
  readonly builder: GraphBuilder;
  /** The name of a node. */
  readonly name: (part: InceptionPart) => string;
  /** A convolution with its activation. */
  readonly convolution: (
    part: InceptionPart,
    x: Value,
    options: { readonly outChannels: number; readonly kernel?: number },
  ) => Value;
  /** Of the path called 5x5: 5 in the paper, 3 in torchvision. */
  readonly kernel5: number;
}

/**
 * Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich: Going Deeper with
 * Convolutions, arXiv 1409.4842, figure 2b; the numbers of a module are those of table 1.
 *
 *     x [N, C, H, W] -> concat(1x1, 1x1 -> 3x3, 1x1 -> 5x5, 3x3 max -> 1x1)
 *                       [N, #1x1 + #3x3 + #5x5 + pool proj, H, W], ReLU after each convolution
 */
export function inception(style: InceptionStyle, x: Value, options: InceptionOptions): Value {
  const { builder, name, convolution, kernel5 } = style;
  const pointwise = convolution("1x1", x, { outChannels: options.pointwise });
  const reduced3 = convolution("3x3_reduce", x, { outChannels: options.reduce3 });
  const spatial3 = convolution("3x3", reduced3, { outChannels: options.spatial3, kernel: 3 });
  const reduced5 = convolution("5x5_reduce", x, { outChannels: options.reduce5 });
  const spatial5 = convolution("5x5", reduced5, {
    outChannels: options.spatial5,
    kernel: kernel5,
  });
  const window = { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
  const pooled = builder.maxPool2d(x, window, name("pool"));
  const projected = convolution("pool_proj", pooled, { outChannels: options.poolProjection });
  return builder.concat([pointwise, spatial3, spatial5, projected], 1, name("output"));
}
