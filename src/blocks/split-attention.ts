/** ResNeSt's split attention: a grouped convolution whose splits are weighted, channel by channel. */
import type { Value } from "../graph/graph.ts";
import { RELU, SIGMOID } from "./activations.ts";
import { activate, batchNorm, convBnAct, convolve, globalAveragePool } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { splitChannels, sumOf, weightedSum } from "./split.ts";

export interface SplitAttentionOptions {
  readonly outChannels: number;
  /** R: splits in a cardinal group; 2 by default, with 1 the weights are sigmoids. */
  readonly radix?: number;
  /** K: cardinal groups; 1 by default. */
  readonly cardinality?: number;
  readonly stride?: number;
  readonly dilation?: number;
}

/**
 * The logits [N, R C, 1, 1], ordered by cardinal group, then split, to weights ordered by split,
 * then group: r-Softmax.
 */
function radixSoftmax(scope: Scope, logits: Value, radix: number, cardinality: number): Value {
  const { builder } = scope;
  const [batch, channels] = logits.shape;
  if (radix === 1) return activate(scope, logits, SIGMOID);
  const shape = [batch, cardinality, radix, channels / radix / cardinality];
  const grouped = builder.reshape(logits, shape, scope.name("groups"));
  const weights = builder.op("softmax", [grouped], { axis: 2 }, scope.name("softmax"));
  const bySplit = builder.transpose(weights, [0, 2, 1, 3], scope.name("splits"));
  return builder.reshape(bySplit, logits.shape, scope.name("weights"));
}

/**
 * Zhang, Wu, Zhang, Zhu, Lin, Zhang, Sun, He, Mueller, Manmatha, Li, Smola: ResNeSt, arXiv
 * 2004.08955, section 3, figures 2 and 5 (radix-major). Names follow the authors' code (`splat.py`,
 * SplAtConv2d), which timm shares. The text gives every split the same input; the code gives each
 * a part of the channels of its own, and is followed.
 *
 *     x [N, C, H, W] -> 3x3 in K R groups, ReLU [N, R O, H/s, W/s], R splits x_r [N, O, H/s, W/s]
 *                    -> mean of their sum [N, O, 1, 1] -> 1x1, ReLU [N, max(O R / 4, 32), 1, 1]
 *                    -> 1x1, r-softmax [N, R O, 1, 1] -> sum of weight * x_r [N, O, H/s, W/s]
 */
export function splitAttention(scope: Scope, x: Value, options: SplitAttentionOptions): Value {
  const { outChannels, radix = 2, cardinality = 1, stride, dilation } = options;
  const splits = convBnAct(scope, x, {
    names: ["conv", "bn0"],
    outChannels: outChannels * radix,
    kernel: 3,
    stride,
    dilation,
    groups: cardinality * radix,
    activation: RELU,
  });
  const sizes = new Array<number>(radix).fill(outChannels);
  // The mean of the sum is the sum of the means, so the fused map is never stored.
  const means = splitChannels(scope.at("means"), globalAveragePool(scope, splits), sizes);
  const reduced = convolve(scope.at("fc1"), sumOf(scope.at("fuse"), means), {
    outChannels: Math.max(Math.floor((outChannels * radix) / 4), 32),
    groups: cardinality,
  });
  const descriptor = activate(scope.at("bn1"), batchNorm(scope.at("bn1"), reduced), RELU);
  const logits = convolve(scope.at("fc2"), descriptor, {
    outChannels: outChannels * radix,
    groups: cardinality,
  });
  const weights = radixSoftmax(scope.at("rsoftmax"), logits, radix, cardinality);
  return weightedSum(
    scope,
    splitChannels(scope, splits, sizes),
    splitChannels(scope.at("gates"), weights, sizes),
  );
}
