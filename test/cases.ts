/** Every test case, by operator: the reference, the kernels and the benchmarks run the same table. */
import type { OperatorName } from "../src/graph/attributes.ts";
import type { Case } from "./cases/case.ts";
import { convTransposeCases } from "./cases/conv-transpose.ts";
import { convolutionCases } from "./cases/convolution.ts";
import {
  batchNormCases,
  linearCases,
  matmulCases,
  reduceCases,
  softmaxCases,
} from "./cases/dense.ts";
import { decodeYoloCases, nonMaxSuppressionCases } from "./cases/detection.ts";
import { binaryCases, castCases, preluCases, unaryCases, whereCases } from "./cases/elementwise.ts";
import { groupNormCases, layerNormCases, localResponseNormCases } from "./cases/normalization.ts";
import {
  adaptivePoolCases,
  averagePoolCases,
  channelMaxPoolCases,
  globalAveragePoolCases,
  maxPoolCases,
  maxPoolWithIndicesCases,
  maxUnpoolCases,
} from "./cases/pooling.ts";
import { resizeCases } from "./cases/resize.ts";
import { deformSampleCases, gridSampleCases, shiftCases } from "./cases/sampling.ts";
import {
  expandCases,
  gatherCases,
  reshapeCases,
  topKCases,
  transposeCases,
} from "./cases/shape.ts";
import { concatCases, padCases, sliceCases } from "./cases/structure.ts";

export { buildCase, caseFeeds, caseInputs } from "./cases/case.ts";
export type { Case, CaseInput } from "./cases/case.ts";

export const CASES: { readonly [K in OperatorName]: readonly Case<K>[] } = {
  conv2d: convolutionCases,
  convTranspose2d: convTransposeCases,
  deformSample2d: deformSampleCases,
  shift: shiftCases,
  gridSample: gridSampleCases,
  linear: linearCases,
  matmul: matmulCases,
  batchNorm: batchNormCases,
  maxPool2d: maxPoolCases,
  maxPool2dWithIndices: maxPoolWithIndicesCases,
  maxUnpool2d: maxUnpoolCases,
  averagePool2d: averagePoolCases,
  adaptivePool2d: adaptivePoolCases,
  channelMaxPool: channelMaxPoolCases,
  globalAveragePool: globalAveragePoolCases,
  reduce: reduceCases,
  softmax: softmaxCases,
  localResponseNorm: localResponseNormCases,
  layerNorm: layerNormCases,
  groupNorm: groupNormCases,
  resize: resizeCases,
  unary: unaryCases,
  binary: binaryCases,
  prelu: preluCases,
  where: whereCases,
  cast: castCases,
  concat: concatCases,
  slice: sliceCases,
  pad: padCases,
  reshape: reshapeCases,
  transpose: transposeCases,
  expand: expandCases,
  gather: gatherCases,
  topK: topKCases,
  nonMaxSuppression: nonMaxSuppressionCases,
  decodeYolo: decodeYoloCases,
};

/** All cases in one list. */
export const ALL_CASES: readonly Case[] = Object.values(CASES).flat();
