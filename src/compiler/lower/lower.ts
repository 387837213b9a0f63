/** The table from operators to the functions that lower them. */
import type { OperatorName } from "../../graph/attributes.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Group } from "../fusion.ts";
import { lowerConv2d, lowerLinear } from "./convolution.ts";
import { lowerElementwise, lowerWhere } from "./elementwise.ts";
import { nameOf } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";
import { lowerPool, lowerResize } from "./pooling.ts";
import { lowerGather, lowerMatmul, lowerReduce, lowerSoftmax, lowerTopK } from "./rows.ts";
import {
  lowerConcat,
  lowerExpand,
  lowerPad,
  lowerReshape,
  lowerSlice,
  lowerTranspose,
} from "./structure.ts";

type Lower = (lowering: Lowering, group: Group) => void;

const LOWER: { readonly [K in OperatorName]: Lower | null } = {
  conv2d: lowerConv2d,
  linear: lowerLinear,
  matmul: lowerMatmul,
  // Folded, or replaced by a scale and a bias, before.
  batchNorm: null,
  maxPool2d: lowerPool,
  averagePool2d: lowerPool,
  globalAveragePool: lowerPool,
  reduce: lowerReduce,
  softmax: lowerSoftmax,
  resize: lowerResize,
  unary: lowerElementwise,
  binary: lowerElementwise,
  prelu: lowerElementwise,
  cast: lowerElementwise,
  where: lowerWhere,
  concat: lowerConcat,
  slice: lowerSlice,
  pad: lowerPad,
  reshape: lowerReshape,
  transpose: lowerTranspose,
  expand: lowerExpand,
  gather: lowerGather,
  topK: lowerTopK,
};

/** @throws GraphError when a group's operator cannot run on the GPU. */
export function lowerGroup(lowering: Lowering, group: Group): void {
  const lower = LOWER[group.core.op];
  if (!lower) {
    throw new GraphError(
      `${nameOf(group.core)}: its statistics are not constant, so it cannot be folded`,
    );
  }
  lower(lowering, group);
}
