/** ProxylessNAS for phones, and MCUNet for microcontrollers: one space of networks. */
import { RELU6 } from "../activations.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { buildSearched } from "./searched.ts";
import type { SearchedNetwork } from "./searched.ts";

/** A stage; lists have an element for each block, and a kernel of 0 is a layer that was left out. */
interface Stage {
  readonly outChannels: number;
  /** Of the first block. */
  readonly stride: number;
  readonly kernels: readonly number[];
  /** Channels between the 1x1 convolutions over those of the block's input. */
  readonly expands: readonly number[];
}

interface Variant {
  readonly inputSize: number;
  readonly epsilon: number;
  readonly stem: number;
  /** Of the first block, which has no expansion. */
  readonly first: number;
  readonly stages: readonly Stage[];
  /** Channels of the last convolution; MCUNet has none. */
  readonly last: number | null;
}

const PROXYLESS_MOBILE: Variant = {
  inputSize: 224,
  epsilon: 1e-3,
  stem: 32,
  first: 16,
  stages: [
    { outChannels: 32, stride: 2, kernels: [5, 3, 0, 0], expands: [3, 3, 0, 0] },
    { outChannels: 40, stride: 2, kernels: [7, 3, 5, 5], expands: [3, 3, 3, 3] },
    { outChannels: 80, stride: 2, kernels: [7, 5, 5, 5], expands: [6, 3, 3, 3] },
    { outChannels: 96, stride: 1, kernels: [5, 5, 5, 5], expands: [6, 3, 3, 3] },
    { outChannels: 192, stride: 2, kernels: [7, 7, 7, 7], expands: [6, 6, 3, 3] },
    { outChannels: 320, stride: 1, kernels: [7], expands: [6] },
  ],
  last: 1280,
};

const MCUNET_IN0: Variant = {
  inputSize: 48,
  epsilon: 1e-5,
  stem: 24,
  first: 16,
  stages: [
    { outChannels: 16, stride: 2, kernels: [5, 3, 3], expands: [4, 3, 4] },
    { outChannels: 24, stride: 2, kernels: [7, 5, 5], expands: [5, 4, 5] },
    { outChannels: 48, stride: 2, kernels: [7, 5], expands: [5, 4] },
    { outChannels: 56, stride: 1, kernels: [3, 5, 3], expands: [5, 4, 5] },
    { outChannels: 112, stride: 2, kernels: [3, 5], expands: [6, 4] },
    { outChannels: 192, stride: 1, kernels: [3], expands: [6] },
  ],
  last: null,
};

const MCUNET_IN1: Variant = {
  inputSize: 96,
  epsilon: 1e-5,
  stem: 16,
  first: 8,
  stages: [
    { outChannels: 16, stride: 2, kernels: [3, 3], expands: [4, 3] },
    { outChannels: 24, stride: 2, kernels: [7, 3], expands: [3, 5] },
    { outChannels: 40, stride: 2, kernels: [3, 7], expands: [5, 4] },
    { outChannels: 48, stride: 1, kernels: [5, 3, 3], expands: [4, 3, 4] },
    { outChannels: 96, stride: 2, kernels: [7, 5, 5], expands: [5, 4, 4] },
    { outChannels: 160, stride: 1, kernels: [3], expands: [6] },
  ],
  last: null,
};

const MCUNET_IN2: Variant = {
  inputSize: 160,
  epsilon: 1e-5,
  stem: 16,
  first: 8,
  stages: [
    { outChannels: 16, stride: 2, kernels: [5, 7, 3, 5], expands: [3, 6, 5, 5] },
    { outChannels: 24, stride: 2, kernels: [3, 7, 5], expands: [5, 6, 6] },
    { outChannels: 40, stride: 2, kernels: [7, 5], expands: [4, 5] },
    { outChannels: 48, stride: 1, kernels: [3, 5, 3], expands: [5, 5, 4] },
    { outChannels: 96, stride: 2, kernels: [5, 5, 5, 3], expands: [6, 4, 3, 4] },
    { outChannels: 160, stride: 1, kernels: [5], expands: [5] },
  ],
  last: null,
};

const MCUNET_IN3: Variant = {
  inputSize: 176,
  epsilon: 1e-5,
  stem: 16,
  first: 8,
  stages: [
    { outChannels: 16, stride: 2, kernels: [7, 3, 7, 5], expands: [3, 5, 5, 4] },
    { outChannels: 24, stride: 2, kernels: [5, 5, 5], expands: [5, 5, 5] },
    { outChannels: 40, stride: 2, kernels: [3, 7, 5], expands: [5, 6, 4] },
    { outChannels: 48, stride: 1, kernels: [5, 7, 3], expands: [5, 5, 5] },
    { outChannels: 96, stride: 2, kernels: [3, 7, 3], expands: [6, 5, 4] },
    { outChannels: 160, stride: 1, kernels: [7], expands: [5] },
  ],
  last: null,
};

const MCUNET_IN4: Variant = {
  inputSize: 160,
  epsilon: 1e-5,
  stem: 32,
  first: 16,
  stages: [
    { outChannels: 24, stride: 2, kernels: [7, 3, 5], expands: [3, 5, 4] },
    { outChannels: 40, stride: 2, kernels: [7, 3, 7], expands: [5, 4, 4] },
    { outChannels: 80, stride: 2, kernels: [7, 3, 7], expands: [3, 3, 3] },
    { outChannels: 96, stride: 1, kernels: [3, 5, 5], expands: [4, 3, 3] },
    { outChannels: 192, stride: 2, kernels: [7, 7, 5], expands: [4, 3, 3] },
    { outChannels: 320, stride: 1, kernels: [5], expands: [4] },
  ],
  last: null,
};

function describe({ inputSize, epsilon, stem, first, stages, last }: Variant): SearchedNetwork {
  const common = { squeezeExcite: false, activation: RELU6 } as const;
  let inChannels = first;
  const blocks = stages.flatMap(({ outChannels, stride, kernels, expands }) =>
    kernels.map((kernel, i) => {
      if (kernel === 0) return null;
      const block = {
        ...common,
        kernel,
        middleChannels: inChannels * expands[i],
        outChannels,
        stride: i === 0 ? stride : 1,
        residual: i > 0,
      };
      inChannels = outChannels;
      return block;
    }),
  );
  const begin = { ...common, kernel: 3, middleChannels: null, stride: 1, residual: stem === first };
  return {
    inputSize,
    epsilon,
    stem: { outChannels: stem, activation: RELU6 },
    blocks: [{ ...begin, outChannels: first }, ...blocks],
    expand:
      last === null ? null : { name: "feature_mix_layer", outChannels: last, activation: RELU6 },
    mix: null,
  };
}

const PROXYLESS: Paper = {
  authors: "Cai, Zhu, Han",
  title: "ProxylessNAS: Direct Neural Architecture Search on Target Task and Hardware",
  arXiv: "1812.00332",
};

const MCUNET: Paper = {
  authors: "Lin, Chen, Lin, Cohn, Gan, Han",
  title: "MCUNet: Tiny Deep Learning on IoT Devices",
  arXiv: "2007.10319",
};

type Facts = Pick<NetworkEntry, "id" | "title" | "paper" | "parameters" | "macs"> & {
  readonly variant: Variant;
  readonly weights: string;
};

const entry = ({ variant, weights, ...facts }: Facts): NetworkEntry => ({
  ...facts,
  follows: "mit-han-lab/once-for-all networks/proxyless_nets.py",
  inputSize: [variant.inputSize, variant.inputSize],
  preprocess: "imagenet",
  weightsFrom: `${weights}, saved as safetensors`,
  build: (options = {}) => buildSearched(facts.id, describe(variant), options),
});

const mcunet = (
  index: number,
  variant: Variant,
  file: string,
  { parameters, macs }: Pick<Facts, "parameters" | "macs">,
): NetworkEntry =>
  entry({
    id: `mcunet-in${index}`,
    title: `MCUNet-in${index}`,
    paper: MCUNET,
    parameters,
    macs,
    variant,
    weights: `https://hanlab18.mit.edu/projects/tinyml/mcunet/release/mcunet-${file}_imagenet.pth`,
  });

export const MCUNETS: readonly NetworkEntry[] = [
  entry({
    id: "proxyless_mobile",
    title: "ProxylessNAS-Mobile",
    paper: PROXYLESS,
    parameters: 4080512,
    macs: 320427584,
    variant: PROXYLESS_MOBILE,
    weights: "https://github.com/han-cai/files/raw/master/proxylessnas/proxyless_mobile.pth",
  }),
  mcunet(0, MCUNET_IN0, "10fps", { parameters: 749840, macs: 6364224 }),
  mcunet(1, MCUNET_IN1, "5fps", { parameters: 636232, macs: 12790096 }),
  mcunet(2, MCUNET_IN2, "256kb-1mb", { parameters: 729392, macs: 67287200 }),
  mcunet(3, MCUNET_IN3, "320kb-1mb", { parameters: 737408, macs: 81785520 }),
  mcunet(4, MCUNET_IN4, "512kb-2mb", { parameters: 1732640, macs: 125874400 }),
];
