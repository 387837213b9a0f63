/** Every kernel contract: the tests compare each with its shader. */
import { depthwise } from "./conv/depthwise.ts";
import { depthwiseRows } from "./conv/depthwise-rows.ts";
import { direct } from "./conv/direct.ts";
import { grouped } from "./conv/grouped.ts";
import { pointwise } from "./conv/pointwise.ts";
import { map } from "./elementwise/map.ts";
import { where } from "./elementwise/where.ts";
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
import { averagePool } from "./pool/average.ts";
import { maxPool } from "./pool/max.ts";
import { reduceAxis } from "./reduce/axis.ts";
import { globalAverage } from "./reduce/global-average.ts";
import { resize } from "./resize/resize.ts";
import { softmax } from "./softmax/softmax.ts";
import { topKChunkBest } from "./topk/chunk-best.ts";
import { topKSelect } from "./topk/select.ts";

export const KERNELS: readonly Kernel<never>[] = [
  pointwise,
  direct,
  grouped,
  depthwise,
  depthwiseRows,
  map,
  where,
  maxPool,
  averagePool,
  globalAverage,
  reduceAxis,
  linear,
  matmul,
  resize,
  softmax,
  quadsToFlat,
  flatToQuads,
  stridedCopy,
  copyChannels,
  pad,
  gather,
  topKChunkBest,
  topKSelect,
  preprocess,
];
