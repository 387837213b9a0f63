/** Once-for-All: sub-networks of one MobileNetV3 of elastic depth, width and kernel size. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import { HARD_SWISH, RELU } from "../activations.ts";
import { makeDivisible } from "../make-divisible.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { checkWidth } from "./options.ts";
import { buildSearched } from "./searched.ts";
import type { SearchedBlock, SearchedNetwork } from "./searched.ts";

interface Stage {
  readonly outChannels: number;
  readonly stride: number;
  readonly squeezeExcite: boolean;
  readonly activation: UnaryAttributes;
}

/** What all sub-networks share (`ofa_mbv3.py`); stem and first block have 16 channels. */
const STAGES: readonly Stage[] = [
  { outChannels: 24, stride: 2, squeezeExcite: false, activation: RELU },
  { outChannels: 40, stride: 2, squeezeExcite: true, activation: RELU },
  { outChannels: 80, stride: 2, squeezeExcite: false, activation: HARD_SWISH },
  { outChannels: 112, stride: 1, squeezeExcite: true, activation: HARD_SWISH },
  { outChannels: 160, stride: 2, squeezeExcite: true, activation: HARD_SWISH },
];

/** What the search chose: a list for each stage, as long as the stage is deep. */
export interface SubNetwork {
  readonly inputSize: number;
  /** Factor on all channels of the super-network. */
  readonly width: number;
  /** 3, 5 or 7 */
  readonly kernels: readonly (readonly number[])[];
  /** 3, 4 or 6 times the input's channels between the 1x1 convolutions. */
  readonly expands: readonly (readonly number[])[];
}

/** The same kernel, expansion and depth everywhere. */
const uniform = (kernel: number, expand: number, depth: number): SubNetwork => ({
  inputSize: 224,
  width: 1,
  kernels: STAGES.map(() => new Array<number>(depth).fill(kernel)),
  expands: STAGES.map(() => new Array<number>(depth).fill(expand)),
});

/** A digit for each block, with spaces between the stages. */
const perStage = (digits: string): number[][] =>
  digits.split(" ").map((stage) => [...stage].map(Number));

/** The network that a choice stands for. */
export function subNetwork({ inputSize, width, kernels, expands }: SubNetwork): SearchedNetwork {
  const scaled = (channels: number) => makeDivisible(channels * width);
  const first: SearchedBlock = {
    kernel: 3,
    middleChannels: null,
    outChannels: scaled(16),
    stride: 1,
    squeezeExcite: false,
    activation: RELU,
    residual: true,
  };
  let inChannels = scaled(16);
  const blocks = STAGES.flatMap(({ outChannels, stride, ...rest }, stage) =>
    kernels[stage].map((kernel, i) => {
      const block = {
        ...rest,
        kernel,
        middleChannels: makeDivisible(Math.round(inChannels * expands[stage][i])),
        outChannels: scaled(outChannels),
        stride: i === 0 ? stride : 1,
        residual: i > 0,
      };
      inChannels = block.outChannels;
      return block;
    }),
  );
  return {
    inputSize,
    epsilon: 1e-5,
    stem: { outChannels: scaled(16), activation: HARD_SWISH },
    blocks: [first, ...blocks],
    expand: { name: "final_expand_layer", outChannels: scaled(960), activation: HARD_SWISH },
    mix: { outChannels: scaled(1280), activation: HARD_SWISH, bias: false },
  };
}

const FLOPS_389M: SubNetwork = {
  inputSize: 224,
  width: 1.2,
  kernels: perStage("33 553 553 5533 3373"),
  expands: perStage("33 363 443 6444 6663"),
};

const FLOPS_595M: SubNetwork = {
  inputSize: 236,
  width: 1.2,
  kernels: perStage("353 5535 7535 3573 3353"),
  expands: perStage("343 4463 6634 6664 6663"),
};

const NOTE10_64MS: SubNetwork = {
  inputSize: 260,
  width: 1.2,
  kernels: perStage("333 5335 5537 5333 3353"),
  expands: perStage("363 4633 6644 6664 6663"),
};

const NOTE10_8MS: SubNetwork = {
  inputSize: 160,
  width: 1,
  kernels: perStage("33 33 333 33 35"),
  expands: perStage("33 34 433 34 44"),
};

const ONCE_FOR_ALL: Paper = {
  authors: "Cai, Gan, Wang, Zhang, Han",
  title: "Once for All: Train One Network and Specialize it for Efficient Deployment",
  arXiv: "1908.09791",
};

interface Row {
  readonly id: string;
  readonly title: string;
  readonly choice: SubNetwork;
  readonly parameters: number;
  readonly macs: number;
  /** Folder of the published weights. */
  readonly folder?: string;
}

const entry = ({ id, title, choice, parameters, macs, folder }: Row): NetworkEntry => ({
  id,
  title: `Once-for-All ${title}`,
  paper: ONCE_FOR_ALL,
  follows: "mit-han-lab/once-for-all networks/mobilenet_v3.py",
  inputSize: [choice.inputSize, choice.inputSize],
  preprocess: "imagenet",
  parameters,
  macs,
  weightsFrom: folder
    ? `https://github.com/han-cai/files/tree/master/ofa/ofa_specialized/${folder}, saved as safetensors`
    : "the super-network's, named in github.com/mit-han-lab/once-for-all: loading takes the " +
      "sub-network's part, with batch norms as they are in the super-network",
  build: ({ width = choice.width, ...options } = {}) => {
    checkWidth(id, width, {});
    return buildSearched(id, subNetwork({ ...choice, width }), options);
  },
});

export const ONCE_FOR_ALLS: readonly NetworkEntry[] = [
  {
    id: "ofa_mbv3_w1.0_ks7_e6_d4",
    title: "sub-network k = 7, e = 6, d = 4",
    choice: uniform(7, 6, 4),
    parameters: 7664760,
    macs: 566170656,
  },
  {
    id: "ofa_mbv3_w1.0_ks5_e4_d3",
    title: "sub-network k = 5, e = 4, d = 3",
    choice: uniform(5, 4, 3),
    parameters: 4551792,
    macs: 250746944,
  },
  {
    id: "ofa_mbv3_w1.0_ks3_e3_d2",
    title: "sub-network k = 3, e = 3, d = 2",
    choice: uniform(3, 3, 2),
    parameters: 3410792,
    macs: 121278672,
  },
  {
    id: "ofa_flops389M",
    title: "389 MMACs",
    choice: FLOPS_389M,
    parameters: 8386544,
    macs: 389487856,
    folder: "flops-389M_top1-79.1_finetune-75",
  },
  {
    id: "ofa_flops595M",
    title: "595 MMACs",
    choice: FLOPS_595M,
    parameters: 9135928,
    macs: 595189032,
    folder: "flops-595M_top1-80.0_finetune-75",
  },
  {
    id: "ofa_note10_64ms",
    title: "Note 10, 64 ms",
    choice: NOTE10_64MS,
    parameters: 9109040,
    macs: 743131000,
    folder: "note10_lat-64ms_top1-80.2_finetune-75",
  },
  {
    id: "ofa_note10_8ms",
    title: "Note 10, 8 ms",
    choice: NOTE10_8MS,
    parameters: 3761168,
    macs: 75802880,
    folder: "note10_lat-8ms_top1-71.4_finetune-25",
  },
].map(entry);
