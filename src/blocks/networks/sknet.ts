/** SKNet as in its paper, and timm's lighter relatives that split the input between the branches. */
import type { Graph } from "../../graph/graph.ts";
import { makeDivisible } from "../make-divisible.ts";
import { residualBasic } from "../residual-basic.ts";
import { residualBottleneck } from "../residual-bottleneck.ts";
import { selectiveKernel } from "../selective-kernel.ts";
import { listNetwork, timm } from "./entry.ts";
import type { Listing, NetworkEntry, Paper, Published } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { residualNetwork, stem7x7 } from "./residual.ts";

const SKNET: Paper = {
  authors: "Li, Wang, Hu, Yang",
  title: "Selective Kernel Networks",
  arXiv: "1903.06586",
};

interface SkNetRow extends Listing {
  readonly depths: readonly number[];
  readonly block: "basic" | "bottleneck";
  /** G: groups of the branches; 32 in the paper. */
  readonly groups: number;
  /** Channels of a group in the first stage. */
  readonly baseWidth: number;
  /** r: the descriptor has an r-th of the channels, */
  readonly reduction: number;
  /** rounded to a multiple of this number, which is also the least: the paper's L. */
  readonly divisor: number;
  readonly splitInput: boolean;
  /** The authors' prototxt: the stem's pool is not padded. */
  readonly caffe?: boolean;
  /** Channels of the descriptor in each stage, where no rule gives them. */
  readonly descriptors?: readonly number[];
}

const PAPER = {
  block: "bottleneck",
  groups: 32,
  baseWidth: 4,
  reduction: 16,
  divisor: 32,
  splitInput: false,
} as const;

const SPLIT = { groups: 1, baseWidth: 64, splitInput: true } as const;

const CAFFE: Published = {
  follows: "implus/SKNet, names of timm",
  inputSize: [224, 224],
  preprocess: "caffe",
  weightsFrom: "https://github.com/implus/SKNet (Caffe; none as safetensors)",
};

/** Table 1 of arXiv 1903.06586 is skresnext50_32x4d. */
const ROWS: readonly SkNetRow[] = [
  {
    ...timm("sknet.py", "skresnet18.ra_in1k"),
    ...SPLIT,
    id: "skresnet18",
    aliases: ["timm_skresnet18"],
    title: "SK-ResNet-18",
    depths: [2, 2, 2, 2],
    block: "basic",
    reduction: 8,
    divisor: 16,
    parameters: 11958056,
    macs: 1814337536,
  },
  {
    ...timm("sknet.py", "skresnet34.ra_in1k"),
    ...SPLIT,
    id: "skresnet34",
    aliases: ["timm_skresnet34"],
    title: "SK-ResNet-34",
    depths: [3, 4, 6, 3],
    block: "basic",
    reduction: 8,
    divisor: 16,
    parameters: 22282376,
    macs: 3664237568,
  },
  {
    ...timm("sknet.py", ""),
    ...SPLIT,
    weightsFrom: "none published",
    id: "skresnet50",
    aliases: ["timm_skresnet50"],
    title: "SK-ResNet-50",
    depths: [3, 4, 6, 3],
    block: "bottleneck",
    reduction: 16,
    divisor: 8,
    parameters: 25803160,
    macs: 4089422336,
  },
  {
    ...timm("sknet.py", "skresnext50_32x4d.ra_in1k"),
    ...PAPER,
    id: "skresnext50_32x4d",
    aliases: ["timm_skresnext50_32x4d"],
    title: "SKNet-50 (timm)",
    depths: [3, 4, 6, 3],
    parameters: 27479784,
    macs: 4462710784,
  },
  {
    ...CAFFE,
    ...PAPER,
    id: "sknet50",
    aliases: ["caffe_SKNet-50"],
    title: "SKNet-50",
    depths: [3, 4, 6, 3],
    caffe: true,
    parameters: 27479784,
    macs: 4462710784,
  },
  {
    ...CAFFE,
    ...PAPER,
    id: "sknet101",
    aliases: ["caffe_SKNet-101"],
    title: "SKNet-101",
    depths: [3, 4, 23, 3],
    caffe: true,
    // The released prototxt has 16 in the second stage, less than the paper's L.
    descriptors: [32, 16, 32, 64],
    parameters: 48686760,
    macs: 8448675840,
  },
];

const NAMES = (i: number) => [`conv${i}.conv`, `conv${i}.bn`] as const;

function skNet(row: SkNetRow, options: NetworkOptions): Graph {
  const { id, depths, groups, baseWidth, reduction, divisor, splitInput } = row;
  return residualNetwork(
    id,
    {
      depths,
      stem: (scope, image) => stem7x7(scope, image, { caffe: row.caffe }),
      block(scope, x, { stage, planes, stride }) {
        const outChannels = Math.floor((planes * baseWidth) / 64) * groups;
        const unit = {
          outChannels,
          descriptorChannels:
            row.descriptors?.[stage] ?? makeDivisible(outChannels / reduction, divisor),
          groups,
          stride,
          splitInput,
        };
        return row.block === "basic"
          ? residualBasic(scope, x, {
              outChannels,
              stride,
              names: NAMES(2),
              first: (value) => selectiveKernel(scope.at("conv1"), value, unit),
            })
          : residualBottleneck(scope, x, {
              width: outChannels,
              outChannels: 4 * planes,
              stride,
              names: NAMES,
              filter: (value) => selectiveKernel(scope.at("conv2"), value, unit),
            });
      },
      dilates: false,
    },
    options,
  );
}

/** Li et al., arXiv 1903.06586. [N, 3, H, W] -> logits [N, classes] */
export const SKNETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, SKNET, (options = {}) => skNet(row, options)),
);
