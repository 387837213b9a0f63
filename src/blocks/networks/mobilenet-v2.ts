/** MobileNetV2: a column of inverted residuals. */
import type { Graph } from "../../graph/graph.ts";
import { RELU6 } from "../activations.ts";
import { invertedResidual } from "../inverted-residual.ts";
import { convBnAct } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { timm, torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { afterLast, column, poolAndClassify, stem } from "./mobile.ts";
import { TIMM_STAGES, TORCHVISION_FLAT } from "./names.ts";
import type { NetworkNames } from "./names.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { placeBlocks } from "./stages.ts";

/** Table 2 of arXiv 1801.04381: t, c, n and s, the stride of the first of n. */
const ROWS = [
  { expand: 1, outChannels: 16, repeats: 1, stride: 1 },
  { expand: 6, outChannels: 24, repeats: 2, stride: 2 },
  { expand: 6, outChannels: 32, repeats: 3, stride: 2 },
  { expand: 6, outChannels: 64, repeats: 4, stride: 2 },
  { expand: 6, outChannels: 96, repeats: 3, stride: 1 },
  { expand: 6, outChannels: 160, repeats: 3, stride: 2 },
  { expand: 6, outChannels: 320, repeats: 1, stride: 1 },
] as const;

/** Factors on the channels and repeats between the stem and the last convolution. */
interface Scale {
  readonly width: number;
  readonly depth: number;
}

/** timm's `depth_multiplier` rounds up, and leaves the first and the last row as they are. */
const deepened = (depth: number) =>
  ROWS.map((row, i) => {
    const isInner = i > 0 && i < ROWS.length - 1;
    return { ...row, repeats: isInner ? Math.ceil(row.repeats * depth) : row.repeats };
  });

/**
 * The last convolution does not shrink below 1280 channels when `width` is under 1. A `scale` leaves it
 * and the stem as they are, and there is no width to choose.
 */
function build(id: string, names: NetworkNames, options: NetworkOptions, scale?: Scale): Graph {
  const traits = { outputStrides: [32, 16, 8], ...(scale && { width: null }) };
  const { scope, image, classes, width, ...rest } = beginNetwork(id, options, traits);
  const inner = scale?.width ?? width;
  const scaled = (channels: number) => makeDivisible(channels * inner);
  const outChannels = makeDivisible(32 * width);
  const x = stem(scope, image, { names: names.stem, outChannels, activation: RELU6 });
  const blocks = placeBlocks(deepened(scale?.depth ?? 1), rest);
  const features = column(scope, x, blocks, names, (at, y, { row, stride, dilation }) =>
    invertedResidual(at, y, {
      expand: row.expand,
      outChannels: scaled(row.outChannels),
      stride,
      dilation,
      names: names.layers,
    }),
  );
  const head = convBnAct(scope, features, {
    names: names.head(afterLast(blocks)),
    outChannels: makeDivisible(1280 * Math.max(1, width)),
    activation: RELU6,
  });
  return rest.finish(poolAndClassify(scope, head, names.classifier, classes));
}

/** Sandler et al., arXiv 1801.04381, names of torchvision. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV2(options: NetworkOptions = {}): Graph {
  return build("mobilenet_v2", TORCHVISION_FLAT, options);
}

/** Sandler et al., arXiv 1801.04381, names of timm. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV2Timm(options: NetworkOptions = {}): Graph {
  return build("mobilenetv2_100", TIMM_STAGES, options);
}

/** Channels by 1.1 and rows 1.2 times as deep; names of timm. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV2Timm110d(options: NetworkOptions = {}): Graph {
  return build("mobilenetv2_110d", TIMM_STAGES, options, { width: 1.1, depth: 1.2 });
}

/** Channels by 1.2 and rows 1.4 times as deep; names of timm. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV2Timm120d(options: NetworkOptions = {}): Graph {
  return build("mobilenetv2_120d", TIMM_STAGES, options, { width: 1.2, depth: 1.4 });
}

const MOBILENET_V2: Paper = {
  authors: "Sandler, Howard, Zhu, Zhmoginov, Chen",
  title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
  arXiv: "1801.04381",
};

const SIZE = { parameters: 3504872, macs: 300774272 } as const;

export const MOBILENETS_V2: readonly NetworkEntry[] = [
  {
    id: "mobilenet_v2",
    aliases: ["tv_mobilenet_v2"],
    title: "MobileNetV2",
    paper: MOBILENET_V2,
    ...torchvision("mobilenetv2.py", "mobilenet_v2-b0353104.pth"),
    ...SIZE,
    build: mobileNetV2,
  },
  {
    id: "mobilenetv2_100",
    aliases: ["timm_mobilenetv2_100"],
    title: "MobileNetV2 (timm)",
    paper: MOBILENET_V2,
    ...timm("efficientnet.py", "mobilenetv2_100.ra_in1k"),
    ...SIZE,
    build: mobileNetV2Timm,
  },
  {
    id: "mobilenetv2_110d",
    aliases: ["timm_mobilenetv2_110d"],
    title: "MobileNetV2 1.1x, deeper (timm)",
    paper: MOBILENET_V2,
    ...timm("efficientnet.py", "mobilenetv2_110d.ra_in1k"),
    parameters: 4516520,
    macs: 430516080,
    build: mobileNetV2Timm110d,
  },
  {
    id: "mobilenetv2_120d",
    aliases: ["timm_mobilenetv2_120d"],
    title: "MobileNetV2 1.2x, deeper (timm)",
    paper: MOBILENET_V2,
    ...timm("efficientnet.py", "mobilenetv2_120d.ra_in1k"),
    parameters: 5831144,
    macs: 668857568,
    build: mobileNetV2Timm120d,
  },
];
