/** The table of operators: one row each. */
import type { OperatorName } from "./attributes.ts";
import { convTranspose2d } from "./operators/conv-transpose.ts";
import { conv2d, linear, matmul } from "./operators/convolution.ts";
import { batchNorm, binary, cast, prelu, softmax, unary, where } from "./operators/elementwise.ts";
import { decodeYolo, nonMaxSuppression } from "./operators/detection.ts";
import type { Operator } from "./operators/operator.ts";
import { groupNorm, layerNorm, localResponseNorm } from "./operators/normalization.ts";
import {
  averagePool2d,
  globalAveragePool,
  maxPool2d,
  maxPool2dWithIndices,
  resize,
} from "./operators/pooling.ts";
import { adaptivePool2d, channelMaxPool, maxUnpool2d } from "./operators/special-pools.ts";
import { deformSample2d, gridSample, shift } from "./operators/sampling.ts";
import {
  concat,
  expand,
  gather,
  pad,
  reduce,
  reshape,
  slice,
  topK,
  transpose,
} from "./operators/structure.ts";

export const OPERATORS: { readonly [K in OperatorName]: Operator<K> } = {
  conv2d,
  convTranspose2d,
  deformSample2d,
  shift,
  gridSample,
  linear,
  matmul,
  batchNorm,
  maxPool2d,
  maxPool2dWithIndices,
  maxUnpool2d,
  averagePool2d,
  adaptivePool2d,
  channelMaxPool,
  globalAveragePool,
  reduce,
  softmax,
  localResponseNorm,
  layerNorm,
  groupNorm,
  resize,
  unary,
  binary,
  prelu,
  where,
  cast,
  concat,
  slice,
  pad,
  reshape,
  transpose,
  expand,
  gather,
  topK,
  nonMaxSuppression,
  decodeYolo,
};
