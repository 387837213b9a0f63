/** Every kernel contract: the tests compare each with its shader. */
import { computed } from "./conv/computed.ts";
import { depthwise } from "./conv/depthwise.ts";
import { depthwiseRows } from "./conv/depthwise-rows.ts";
import { depthwisePointwise, depthwisePointwiseShared } from "./conv/depthwise-pointwise.ts";
import { direct } from "./conv/direct.ts";
import { grouped } from "./conv/grouped.ts";
import { invertedResidual } from "./conv/inverted-residual.ts";
import { pointwise } from "./conv/pointwise.ts";
import { pointwiseDepthwise } from "./conv/pointwise-depthwise.ts";
import { pointwiseShared } from "./conv/pointwise-shared.ts";
import { pooled } from "./conv/pooled.ts";
import { directSplit, pointwiseSplit } from "./conv/split.ts";
import { transposed } from "./conv/transposed.ts";
import { winograd } from "./conv/winograd.ts";
import { nonMaxPack } from "./detection/pack.ts";
import { nonMaxSelect } from "./detection/select.ts";
import { decodeYolo } from "./detection/yolo.ts";
import { map } from "./elementwise/map.ts";
import { where } from "./elementwise/where.ts";
import { magnitude } from "./f16/magnitude.ts";
import { narrow } from "./f16/narrow.ts";
import { widen } from "./f16/widen.ts";
import { channelConv } from "./gate/channel-conv.ts";
import { gate } from "./gate/gate.ts";
import { gatherChannels } from "./gather/channels.ts";
import { gather } from "./gather/gather.ts";
import { preprocess } from "./image/preprocess.ts";
import type { Kernel } from "./kernel.ts";
import { copyChannels } from "./layout/copy-channels.ts";
import { flatToQuads } from "./layout/flat-to-quads.ts";
import { pad } from "./layout/pad.ts";
import { quadsToFlat } from "./layout/quads-to-flat.ts";
import { stridedCopy } from "./layout/strided-copy.ts";
import { linear } from "./linear/linear.ts";
import { matmul } from "./linear/matmul.ts";
import { group } from "./norm/group.ts";
import { layer } from "./norm/layer.ts";
import { localResponse } from "./norm/local-response.ts";
import { adaptivePool } from "./pool/adaptive.ts";
import { averagePool } from "./pool/average.ts";
import { channelMax } from "./pool/channel-max.ts";
import { maxPool } from "./pool/max.ts";
import { maxPoolIndices } from "./pool/max-indices.ts";
import { maxUnpool } from "./pool/max-unpool.ts";
import { probeBarrier, probeBlock, probeFma } from "./probe/probe.ts";
import { reduceAxis } from "./reduce/axis.ts";
import { globalAverage } from "./reduce/global-average.ts";
import { resizeFilter } from "./resize/filter.ts";
import { resize } from "./resize/resize.ts";
import { deformable } from "./sample/deformable.ts";
import { gridSample } from "./sample/grid.ts";
import { shift } from "./sample/shift.ts";
import { softmax } from "./softmax/softmax.ts";
import { topKChunkBest } from "./topk/chunk-best.ts";
import { topKSelect } from "./topk/select.ts";

export const KERNELS: readonly Kernel<never>[] = [
  pointwise,
  pointwiseShared,
  pointwiseSplit,
  direct,
  directSplit,
  winograd,
  pooled,
  grouped,
  depthwise,
  depthwiseRows,
  depthwisePointwise,
  depthwisePointwiseShared,
  invertedResidual,
  pointwiseDepthwise,
  transposed,
  computed,
  deformable,
  shift,
  gridSample,
  map,
  where,
  maxPool,
  maxPoolIndices,
  maxUnpool,
  averagePool,
  adaptivePool,
  channelMax,
  globalAverage,
  reduceAxis,
  linear,
  channelConv,
  gate,
  matmul,
  resize,
  resizeFilter,
  softmax,
  localResponse,
  layer,
  group,
  quadsToFlat,
  flatToQuads,
  stridedCopy,
  copyChannels,
  pad,
  gather,
  gatherChannels,
  topKChunkBest,
  topKSelect,
  nonMaxSelect,
  nonMaxPack,
  decodeYolo,
  preprocess,
  magnitude,
  narrow,
  widen,
  probeFma,
  probeBlock,
  probeBarrier,
];
