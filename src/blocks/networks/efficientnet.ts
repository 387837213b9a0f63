/** EfficientNet B0 to B4: one column of MBConv blocks, scaled in width, depth and image size. */
import type { Graph } from "../../graph/graph.ts";
import { SILU } from "../activations.ts";
import { convBnAct } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { mbConv } from "../mb-conv.ts";
import { timm, torchvision } from "./entry.ts";
import type { NetworkEntry, Paper, Published } from "./entry.ts";
import { afterLast, column, poolAndClassify, stem } from "./mobile.ts";
import { TIMM_STAGES, TORCHVISION_STAGES } from "./names.ts";
import type { NetworkNames } from "./names.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions, NetworkTraits } from "./options.ts";
import { placeBlocks } from "./stages.ts";

/** Table 1 of arXiv 1905.11946, B0. */
const ROWS = [
  { expand: 1, kernel: 3, outChannels: 16, repeats: 1, stride: 1 },
  { expand: 6, kernel: 3, outChannels: 24, repeats: 2, stride: 2 },
  { expand: 6, kernel: 5, outChannels: 40, repeats: 2, stride: 2 },
  { expand: 6, kernel: 3, outChannels: 80, repeats: 3, stride: 2 },
  { expand: 6, kernel: 5, outChannels: 112, repeats: 3, stride: 1 },
  { expand: 6, kernel: 5, outChannels: 192, repeats: 4, stride: 2 },
  { expand: 6, kernel: 3, outChannels: 320, repeats: 1, stride: 1 },
] as const;

/** Factors on channels and on repeats, from the authors' `efficientnet_builder.py`. */
const SCALES = {
  b0: { width: 1, depth: 1 },
  b1: { width: 1, depth: 1.1 },
  b2: { width: 1.1, depth: 1.2 },
  b3: { width: 1.2, depth: 1.4 },
  b4: { width: 1.4, depth: 1.8 },
} as const;

type Scale = keyof typeof SCALES;

/** Whose code is followed. */
interface Library {
  /** To tell networks of one scale apart. */
  readonly label: string;
  readonly names: NetworkNames;
  /** Channels of the last convolution. */
  readonly head: (lastChannels: number, width: number) => number;
  readonly traits?: NetworkTraits;
}

const TORCHVISION: Library = {
  label: "torchvision",
  names: TORCHVISION_STAGES,
  head: (lastChannels) => 4 * lastChannels,
};
const TIMM: Library = {
  label: "timm",
  names: TIMM_STAGES,
  head: (_, width) => makeDivisible(1280 * width),
};
/** timm's `tf_` networks take the weights that were trained in TensorFlow. */
const TENSORFLOW: Library = {
  ...TIMM,
  label: "TensorFlow",
  traits: { epsilon: 1e-3, samePadding: true },
};

interface Variant {
  readonly id: string;
  readonly scale: Scale;
  readonly library: Library;
  readonly inputSize: number;
}

function build(variant: Variant, options: NetworkOptions): Graph {
  const { names, head, traits } = variant.library;
  const { width: defaultWidth, depth } = SCALES[variant.scale];
  const { scope, image, classes, width, ...rest } = beginNetwork(variant.id, options, {
    ...traits,
    inputSize: variant.inputSize,
    width: defaultWidth,
    outputStrides: [32, 16, 8],
  });
  const scaled = (channels: number) => makeDivisible(channels * width);
  const rows = ROWS.map((row) => ({ ...row, repeats: Math.ceil(row.repeats * depth) }));
  const blocks = placeBlocks(rows, rest);
  const x = stem(scope, image, { names: names.stem, outChannels: scaled(32), activation: SILU });
  const features = column(scope, x, blocks, names, (at, y, { row, stride, dilation }) =>
    mbConv(at, y, {
      expand: row.expand,
      kernel: row.kernel,
      outChannels: scaled(row.outChannels),
      stride,
      dilation,
      names: names.layers,
    }),
  );
  const last = convBnAct(scope, features, {
    names: names.head(afterLast(blocks)),
    outChannels: head(features.shape[1], width),
    activation: SILU,
  });
  return rest.finish(poolAndClassify(scope, last, names.classifier, classes));
}

const EFFICIENTNET: Paper = {
  authors: "Tan, Le",
  title: "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
  arXiv: "1905.11946",
};

/** Learnable numbers by scale; the libraries agree. */
const PARAMETERS: Readonly<Record<Scale, number>> = {
  b0: 5288548,
  b1: 7794184,
  b2: 9109994,
  b3: 12233232,
  b4: 19341616,
};

interface Row {
  /** The scale is a part of it. */
  readonly id: string;
  readonly inputSize: number;
  readonly macs: number;
  /** What tells the published weights from others of the same scale. */
  readonly weights: string;
}

/** torchvision's names have the prefix that tells them from timm's. */
const OF_TORCHVISION: readonly Row[] = [
  { id: "tv_efficientnet_b0", inputSize: 224, macs: 385814752, weights: "3dd342df" },
  { id: "tv_efficientnet_b1", inputSize: 240, macs: 686802832, weights: "533bc792" },
  { id: "tv_efficientnet_b2", inputSize: 288, macs: 1087529456, weights: "bcdf34b7" },
  { id: "tv_efficientnet_b3", inputSize: 300, macs: 1827141392, weights: "cf984f9c" },
  { id: "tv_efficientnet_b4", inputSize: 380, macs: 4393771024, weights: "7eb33cd5" },
  { id: "tv_efficientnet_b4_256", inputSize: 256, macs: 1962527072, weights: "7eb33cd5" },
];

const OF_TIMM: readonly Row[] = [
  { id: "efficientnet_b0", inputSize: 224, macs: 385814752, weights: "ra_in1k" },
  { id: "efficientnet_b1", inputSize: 224, macs: 569651680, weights: "ft_in1k" },
  { id: "efficientnet_b2", inputSize: 256, macs: 859853760, weights: "ra_in1k" },
  { id: "efficientnet_b3", inputSize: 288, macs: 1589198096, weights: "ra2_in1k" },
  { id: "efficientnet_b4", inputSize: 320, macs: 3063687008, weights: "ra2_in1k" },
  { id: "efficientnet_b4_256", inputSize: 256, macs: 1962527072, weights: "ra2_in1k" },
];

const OF_TENSORFLOW: readonly Row[] = [
  { id: "tf_efficientnet_b0", inputSize: 224, macs: 385814752, weights: "ns_jft_in1k" },
  { id: "tf_efficientnet_b1", inputSize: 240, macs: 686802832, weights: "ns_jft_in1k" },
  { id: "tf_efficientnet_b2", inputSize: 260, macs: 993561872, weights: "ns_jft_in1k" },
  { id: "tf_efficientnet_b3", inputSize: 300, macs: 1827141392, weights: "ns_jft_in1k" },
  { id: "tf_efficientnet_b4", inputSize: 380, macs: 4393771024, weights: "ns_jft_in1k" },
  { id: "tf_efficientnet_b4_256", inputSize: 256, macs: 1962527072, weights: "ns_jft_in1k" },
];

function publishedOf({ id, inputSize, weights }: Row, scale: Scale): Published {
  const file = "efficientnet.py";
  if (id.startsWith("tv_")) {
    return torchvision(file, `efficientnet_${scale}_rwightman-${weights}.pth`, inputSize);
  }
  const prefix = id.startsWith("tf_") ? "tf_" : "";
  return timm(file, `${prefix}efficientnet_${scale}.${weights}`, inputSize);
}

/** The name with its library's prefix, and with the image's size. */
function aliasesOf({ id, inputSize }: Row): string[] {
  const full = id.startsWith("tv_") ? id : `timm_${id}`;
  const sized = id.endsWith(`_${inputSize}`) ? [] : [`${full}_${inputSize}`];
  return full === id ? sized : [full, ...sized];
}

function entry(library: Library, row: Row): NetworkEntry {
  const { id, inputSize, macs } = row;
  const scale = /b\d/.exec(id)![0] as Scale;
  return {
    id,
    aliases: aliasesOf(row),
    title: `EfficientNet-${scale.toUpperCase()} (${library.label})`,
    paper: EFFICIENTNET,
    ...publishedOf(row, scale),
    parameters: PARAMETERS[scale],
    macs,
    build: (options = {}) => build({ id, scale, library, inputSize }, options),
  };
}

/** [N, 3, H, W] -> logits [N, classes] */
export const EFFICIENTNETS: readonly NetworkEntry[] = [
  ...OF_TORCHVISION.map((row) => entry(TORCHVISION, row)),
  ...OF_TIMM.map((row) => entry(TIMM, row)),
  ...OF_TENSORFLOW.map((row) => entry(TENSORFLOW, row)),
];
