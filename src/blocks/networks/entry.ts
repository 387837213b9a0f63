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

/** What the networks of torchvision have in common. */
export function torchvision(file: string, weights: string) {
  return {
    follows: `torchvision ${file}`,
    inputSize: [224, 224],
    preprocess: "imagenet",
    weightsFrom: `https://download.pytorch.org/models/${weights}, saved as safetensors`,
  } as const;
}
