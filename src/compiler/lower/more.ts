/** The functions that lower rarer operators: loaded, with their kernels, when a graph has them. */
import { BINARY_FILES } from "../../shaders/binary/files.ts";
import { lowerAveragePool } from "./average-pool.ts";
import { lowerComputed, lowerConvTranspose2d } from "./conv-transpose.ts";
import { lowerDecodeYolo, lowerNonMaxSuppression } from "./detection.ts";
import { functionMaker } from "./functions.ts";
import { gathers } from "./gathers.ts";
import { lowerGroupedConv2d } from "./grouped.ts";
import type { LowerTable } from "./lower.ts";
import { lowerMatmul } from "./matmul.ts";
import { lowerGroupNorm, lowerLayerNorm, lowerLocalResponseNorm } from "./normalization.ts";
import { lowerPad } from "./pad.ts";
import { lowerPooledConv2d } from "./pooled.ts";
import { lowerFilteredResize, lowerResize } from "./resize.ts";
import { lowerDeformSample2d, lowerGridSample, lowerShift } from "./sampling.ts";
import { lowerGather, lowerTopK } from "./selection.ts";
import {
  lowerAdaptivePool,
  lowerChannelMaxPool,
  lowerMaxPoolWithIndices,
  lowerMaxUnpool,
} from "./special-pools.ts";
import { lowerWhere } from "./where.ts";

export const MORE: LowerTable = {
  functions: functionMaker,
  binaryFiles: BINARY_FILES,
  gathers,
  computedConv2d: lowerComputed,
  groupedConv2d: lowerGroupedConv2d,
  pooledConv2d: lowerPooledConv2d,
  convTranspose2d: lowerConvTranspose2d,
  deformSample2d: lowerDeformSample2d,
  shift: lowerShift,
  gridSample: lowerGridSample,
  averagePool2d: lowerAveragePool,
  pad: lowerPad,
  resize: lowerResize,
  matmul: lowerMatmul,
  gather: lowerGather,
  topK: lowerTopK,
  nonMaxSuppression: lowerNonMaxSuppression,
  decodeYolo: lowerDecodeYolo,
  where: lowerWhere,
  maxPool2dWithIndices: lowerMaxPoolWithIndices,
  maxUnpool2d: lowerMaxUnpool,
  adaptivePool2d: lowerAdaptivePool,
  channelMaxPool: lowerChannelMaxPool,
  localResponseNorm: lowerLocalResponseNorm,
  layerNorm: lowerLayerNorm,
  groupNorm: lowerGroupNorm,
  filteredResize: lowerFilteredResize,
};
