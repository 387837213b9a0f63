/** Inception v3. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import {
  inceptionA,
  inceptionB,
  inceptionC,
  inceptionD,
  inceptionE,
} from "../inception-v3-modules.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { timm } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

const INCEPTION_V3: Paper = {
  authors: "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna",
  title: "Rethinking the Inception Architecture for Computer Vision",
  arXiv: "1512.00567",
};

/** The first five convolutions; pools stand after the third and the last. */
const STEM = [
  { name: "Conv2d_1a_3x3", outChannels: 32, kernel: 3, stride: 2, padding: 0, pooled: false },
  { name: "Conv2d_2a_3x3", outChannels: 32, kernel: 3, stride: 1, padding: 0, pooled: false },
  { name: "Conv2d_2b_3x3", outChannels: 64, kernel: 3, stride: 1, padding: 1, pooled: true },
  { name: "Conv2d_3b_1x1", outChannels: 80, kernel: 1, stride: 1, padding: 0, pooled: false },
  { name: "Conv2d_4a_3x3", outChannels: 192, kernel: 3, stride: 1, padding: 0, pooled: true },
] as const;

/** Table 1 of arXiv 1512.00567, in the sizes of the released network. */
const MODULES = [
  { name: "Mixed_5b", module: (...at: At) => inceptionA(...at, 32) },
  { name: "Mixed_5c", module: (...at: At) => inceptionA(...at, 64) },
  { name: "Mixed_5d", module: (...at: At) => inceptionA(...at, 64) },
  { name: "Mixed_6a", module: inceptionB },
  { name: "Mixed_6b", module: (...at: At) => inceptionC(...at, 128) },
  { name: "Mixed_6c", module: (...at: At) => inceptionC(...at, 160) },
  { name: "Mixed_6d", module: (...at: At) => inceptionC(...at, 160) },
  { name: "Mixed_6e", module: (...at: At) => inceptionC(...at, 192) },
  { name: "Mixed_7a", module: inceptionD },
  { name: "Mixed_7b", module: inceptionE },
  { name: "Mixed_7c", module: inceptionE },
] as const;

type At = Parameters<typeof inceptionB>;

/**
 * Szegedy et al., arXiv 1512.00567, names of torchvision and timm, without the auxiliary classifier.
 * [N, 3, H, W] -> logits [N, classes]
 */
export function inceptionV3(options: NetworkOptions = {}): Graph {
  const traits = { epsilon: 1e-3, width: null, inputSize: 299 };
  const { scope, image, classes, finish } = beginNetwork("inception_v3", options, traits);
  let pools = 0;
  let x: Value = image;
  for (const { name, pooled, ...layer } of STEM) {
    x = convBnAct(scope.at(name), x, { names: ["conv", "bn"], activation: RELU, ...layer });
    if (!pooled) continue;
    x = scope.builder.maxPool2d(x, { kernel: [3, 3], stride: [2, 2] }, `Pool${++pools}`);
  }
  for (const { name, module } of MODULES) x = module(scope.at(name), x);
  return finish(linear(scope.at("fc"), flatten(scope, globalAveragePool(scope, x)), classes));
}

export const INCEPTIONS_V3: readonly NetworkEntry[] = [
  {
    id: "inception_v3",
    aliases: ["timm_inception_v3"],
    title: "Inception v3",
    paper: INCEPTION_V3,
    ...timm("inception_v3.py", "inception_v3.tv_in1k", 299),
    preprocess: "tf",
    parameters: 23834568,
    macs: 5713216096,
    build: inceptionV3,
  },
];
