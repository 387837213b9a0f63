/** HBONet: MobileNetV2's column with harmonious bottlenecks. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU6 } from "../activations.ts";
import { harmoniousBottleneck } from "../harmonious-bottleneck.ts";
import { invertedResidual } from "../inverted-residual.ts";
import { convBnAct } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { HBONET } from "../mobile-names.ts";
import type { Scope } from "../scope.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { poolAndClassify, stem } from "./mobile.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

interface Row {
  /** "linear" is a 1x1 convolution without an activation. */
  readonly block: "inverted" | "harmonious" | "linear";
  readonly expand: number;
  readonly outChannels: number;
  readonly repeats: number;
  readonly stride: number;
  /** How much smaller the image becomes inside, at most. */
  readonly contraction?: number;
}

/** Table 1 of arXiv 1908.03888, as in the code of d-li14/HBONet. */
const ROWS: readonly Row[] = [
  { block: "inverted", expand: 1, outChannels: 20, repeats: 1, stride: 1 },
  { block: "harmonious", expand: 2, outChannels: 36, repeats: 1, stride: 1, contraction: 8 },
  { block: "harmonious", expand: 2, outChannels: 72, repeats: 3, stride: 2, contraction: 8 },
  { block: "harmonious", expand: 2, outChannels: 96, repeats: 4, stride: 2, contraction: 4 },
  { block: "harmonious", expand: 2, outChannels: 192, repeats: 4, stride: 2, contraction: 2 },
  { block: "harmonious", expand: 2, outChannels: 288, repeats: 1, stride: 1, contraction: 2 },
  { block: "linear", expand: 1, outChannels: 144, repeats: 1, stride: 1 },
  { block: "inverted", expand: 6, outChannels: 200, repeats: 2, stride: 2 },
  { block: "inverted", expand: 6, outChannels: 400, repeats: 1, stride: 1 },
];

interface Variant {
  readonly id: string;
  readonly width: number;
  /** 2x, 4x or 8x: the greatest contraction of a block; 2 by default. */
  readonly contraction?: number;
  /** Channels are multiples of 8 at every width. */
  readonly byEight?: boolean;
}

/** What channels are multiples of: the narrow networks of the paper are not held to 8. */
function divisorOf(width: number, byEight: boolean): number {
  if (byEight) return 8;
  if (width === 0.1) return 4;
  return width === 0.25 || width === 0.5 ? 2 : 8;
}

interface Sizes {
  readonly outChannels: number;
  readonly stride: number;
  readonly contraction: number;
}

function applyRow(
  scope: Scope,
  x: Value,
  { block, expand }: Row,
  { outChannels, stride, contraction }: Sizes,
): Value {
  switch (block) {
    case "inverted":
      return invertedResidual(scope, x, { expand, outChannels, stride, names: HBONET });
    case "harmonious":
      return harmoniousBottleneck(scope, x, { expand, outChannels, stride, contraction });
    case "linear":
      return convBnAct(scope, x, { outChannels, activation: null });
  }
}

/** Names of d-li14/HBONet; the image's sides are multiples of 32. [N, 3, H, W] -> logits [N, classes] */
function build(variant: Variant, options: NetworkOptions): Graph {
  const { scope, image, classes, width, finish } = beginNetwork(variant.id, options, variant);
  const { contraction = 2, byEight = false } = variant;
  const divisor = divisorOf(width, byEight);
  const scaled = (channels: number) => makeDivisible(channels * width, divisor);
  const features = scope.at("features");
  let x = stem(features, image, {
    names: ["0.0", "0.1"],
    outChannels: scaled(32),
    activation: RELU6,
  });
  let index = 1;
  for (const row of ROWS) {
    for (let i = 0; i < row.repeats; i++) {
      x = applyRow(features.at(index++), x, row, {
        outChannels: scaled(row.outChannels),
        stride: i === 0 ? row.stride : 1,
        contraction: Math.min(contraction, row.contraction ?? contraction),
      });
    }
  }
  const last = convBnAct(scope.at("conv"), x, {
    outChannels: width > 1 ? scaled(1600) : 1600,
    activation: RELU6,
  });
  return finish(poolAndClassify(scope, last, "classifier", classes));
}

const PAPER: Paper = {
  authors: "Li, Zhou, Yao",
  title: "HBONet: Harmonious Bottleneck on Two Orthogonal Dimensions",
  arXiv: "1908.03888",
};

/** @param weights path of the published file, without its ending */
function entry(variant: Variant, weights: string, parameters: number, macs: number): NetworkEntry {
  const { id, contraction, byEight } = variant;
  const kind = contraction === undefined ? "" : ` (${contraction}x)`;
  return {
    id,
    title: `HBONet ${id.split("_")[1]}${kind}${byEight ? ", multiples of 8" : ""}`,
    paper: PAPER,
    follows: "d-li14/HBONet models/imagenet/hbonet.py",
    inputSize: [224, 224],
    preprocess: "imagenet",
    parameters,
    macs,
    weightsFrom: `https://github.com/d-li14/HBONet/raw/master/pretrained/${weights}.pth, saved as safetensors`,
    build: (options = {}) => build(variant, options),
  };
}

const published = (width: string, parameters: number, macs: number): NetworkEntry =>
  entry(
    { id: `hbonet_${width}`, width: Number(width) },
    `hbonet_${width.replace(".", "_")}`,
    parameters,
    macs,
  );

/** Table 6 of the paper: other contractions, all channels multiples of 8. */
const ofTable6 = (contraction: number, parameters: number, macs: number): NetworkEntry => {
  const suffix = contraction === 2 ? "8_divisible" : `${contraction}x_8_divisible`;
  return entry(
    { id: `hbonet_0.25_${suffix}`, width: 0.25, contraction, byEight: true },
    `variant/hbonet_0_25_${suffix}`,
    parameters,
    macs,
  );
};

export const HBONETS: readonly NetworkEntry[] = [
  published("1.0", 4562116, 305572480),
  published("0.8", 3612408, 204588576),
  published("0.5", 2538349, 96390304),
  published("0.35", 2149828, 60861776),
  published("0.25", 1935559, 36511912),
  published("0.1", 1706960, 13674384),
  ofTable6(2, 1945688, 44097504),
  ofTable6(4, 1971184, 45350336),
  ofTable6(8, 1981248, 45328384),
];
