/** The table of operators: one row each. */
import type { OperatorName } from "./attributes.ts";
import { conv2d, linear, matmul } from "./operators/convolution.ts";
import { batchNorm, binary, cast, prelu, softmax, unary, where } from "./operators/elementwise.ts";
import type { Operator } from "./operators/operator.ts";
import { averagePool2d, globalAveragePool, maxPool2d, resize } from "./operators/pooling.ts";
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
  linear,
  matmul,
  batchNorm,
  maxPool2d,
  averagePool2d,
  globalAveragePool,
  reduce,
  softmax,
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
};
