/** What the registry knows of a network. */
import type { Pair } from "../../graph/attributes.ts";
import type { Graph } from "../../graph/graph.ts";
import type { NetworkOptions } from "./options.ts";

export interface Paper {
  readonly authors: string;
  readonly title: string;
  /** `1801.04381` */
  readonly arXiv: string;
}

export interface NetworkEntry {
  readonly id: string;
  /** Other names, among them those of libraries that build the same network with the same weight names. */
  readonly aliases?: readonly string[];
  readonly title: string;
  readonly paper: Paper;
  /** The code whose weight names and details are followed. */
  readonly follows: string;
  /** [h, w] in pixels, without options */
  readonly inputSize: Pair;
  /** Length of the output, without options; 1000 where absent. */
  readonly classes?: number;
  /** Name of the preprocessing that the published weights expect. */
  readonly preprocess: string;
  /** Learnable numbers, without options. */
  readonly parameters: number;
  /** Multiply-accumulates of one image, without options. */
  readonly macs: number;
  /** Where published weights can be had. */
  readonly weightsFrom: string;
  readonly build: (options?: NetworkOptions) => Graph;
}

/** What the networks of one library have in common. */
export type Published = Pick<NetworkEntry, "follows" | "inputSize" | "preprocess" | "weightsFrom">;

/** @param weights name of the file on PyTorch's server */
export function torchvision(file: string, weights: string, inputSize = 224): Published {
  return {
    follows: `torchvision ${file}`,
    inputSize: [inputSize, inputSize],
    preprocess: "imagenet",
    weightsFrom: `https://download.pytorch.org/models/${weights}, saved as safetensors`,
  };
}

/** @param weights name of the repository on Hugging Face */
export function timm(file: string, weights: string, inputSize = 224): Published {
  return {
    follows: `timm ${file}`,
    inputSize: [inputSize, inputSize],
    preprocess: "imagenet",
    weightsFrom: `https://huggingface.co/timm/${weights}/resolve/main/model.safetensors`,
  };
}

/** What a row of a table of networks says of itself. */
export type Listing = Omit<NetworkEntry, "paper" | "build">;

/** The entry of a row, without the row's other fields. */
export function listNetwork(
  row: Listing,
  paper: Paper,
  build: (options?: NetworkOptions) => Graph,
): NetworkEntry {
  const { id, aliases, title, follows, inputSize, preprocess, parameters, macs, weightsFrom } = row;
  const published = { follows, inputSize, preprocess, weightsFrom };
  return { id, aliases, title, paper, ...published, parameters, macs, build };
}
