/** AlexNet: the one-column network of torchvision, and the grouped original in Caffe's model zoo. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { activate, adaptiveAveragePool, convAct, flatten, linear } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { CAFFE_LRN, CAFFE_WEIGHTS } from "./googlenet.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

interface Row {
  readonly name: string;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly padding: number;
  readonly groups?: number;
  readonly normalized?: boolean;
  /** Whether a 3x3 max pool of stride 2 follows. */
  readonly pooled?: boolean;
}

/** Krizhevsky, arXiv 1404.5997, section 5; torchvision's indices count the pools and ReLUs too. */
const TORCHVISION: readonly Row[] = [
  { name: "features.0", outChannels: 64, kernel: 11, stride: 4, padding: 2, pooled: true },
  { name: "features.3", outChannels: 192, kernel: 5, padding: 2, pooled: true },
  { name: "features.6", outChannels: 384, kernel: 3, padding: 1 },
  { name: "features.8", outChannels: 256, kernel: 3, padding: 1 },
  { name: "features.10", outChannels: 256, kernel: 3, padding: 1, pooled: true },
];

/** Krizhevsky, Sutskever, Hinton 2012, figure 2; groups are its two GPUs. */
const BVLC: readonly Row[] = [
  {
    name: "conv1",
    outChannels: 96,
    kernel: 11,
    stride: 4,
    padding: 0,
    normalized: true,
    pooled: true,
  },
  {
    name: "conv2",
    outChannels: 256,
    kernel: 5,
    padding: 2,
    groups: 2,
    normalized: true,
    pooled: true,
  },
  { name: "conv3", outChannels: 384, kernel: 3, padding: 1 },
  { name: "conv4", outChannels: 384, kernel: 3, padding: 1, groups: 2 },
  { name: "conv5", outChannels: 256, kernel: 3, padding: 1, groups: 2, pooled: true },
];

/** Caffe's pools round sizes up. */
function convolutions(scope: Scope, image: Value, rows: readonly Row[], caffe: boolean): Value {
  const { builder } = scope;
  return rows.reduce((x, { name, normalized, pooled, ...options }) => {
    const layer = scope.at(name);
    const filtered = convAct(layer, x, { activation: RELU, ...options });
    const normed = normalized
      ? builder.op("localResponseNorm", [filtered], CAFFE_LRN, layer.name("norm"))
      : filtered;
    const window = { kernel: [3, 3], stride: [2, 2], ceilMode: caffe } as const;
    return pooled ? builder.maxPool2d(normed, window, layer.name("pool")) : normed;
  }, image);
}

/** Three fully connected layers, of 4096, 4096 and `classes` outputs. */
export function fullyConnected(
  scope: Scope,
  x: Value,
  names: readonly [string, string, string],
  classes: number,
): Value {
  const hidden = names.slice(0, 2).reduce(
    (value, name) => {
      const layer = scope.at(name);
      return activate(layer, linear(layer, value, 4096), RELU);
    },
    flatten(scope, x),
  );
  return linear(scope.at(names[2]), hidden, classes);
}

/**
 * Krizhevsky: One weird trick for parallelizing convolutional neural networks, arXiv 1404.5997,
 * names of torchvision. [N, 3, H, W] -> logits [N, classes]
 */
export function alexNet(options: NetworkOptions = {}): Graph {
  const { scope, image, classes, finish } = beginNetwork("alexnet", options, { width: null });
  const features = adaptiveAveragePool(scope, convolutions(scope, image, TORCHVISION, false), 6);
  // Dropout is classifier.0 and classifier.3.
  const names = ["classifier.1", "classifier.4", "classifier.6"] as const;
  return finish(fullyConnected(scope, features, names, classes));
}

/**
 * Krizhevsky, Sutskever, Hinton: ImageNet Classification with Deep Convolutional Neural Networks,
 * layers and names of BVLC's `bvlc_alexnet`, which pools after it normalises. Its last layer, a
 * softmax, is left to the caller; other sizes than 227 need other weights in `fc6`.
 * [N, 3, H, W] -> logits [N, classes]
 */
export function bvlcAlexNet(options: NetworkOptions = {}): Graph {
  const traits = { width: null, inputSize: 227 };
  const { scope, image, classes, finish } = beginNetwork("bvlc_alexnet", options, traits);
  const features = convolutions(scope, image, BVLC, true);
  return finish(fullyConnected(scope, features, ["fc6", "fc7", "fc8"], classes));
}

const ONE_WEIRD_TRICK: Paper = {
  authors: "Krizhevsky",
  title: "One weird trick for parallelizing convolutional neural networks",
  arXiv: "1404.5997",
};

export const ALEXNETS: readonly NetworkEntry[] = [
  {
    id: "alexnet",
    aliases: ["tv_alexnet"],
    title: "AlexNet",
    paper: ONE_WEIRD_TRICK,
    ...torchvision("alexnet.py", "alexnet-owt-7be5be79.pth"),
    parameters: 61100840,
    macs: 714188480,
    build: alexNet,
  },
  {
    id: "bvlc_alexnet",
    title: "AlexNet (BVLC, the original)",
    paper: ONE_WEIRD_TRICK,
    follows: "BVLC/caffe models/bvlc_alexnet",
    inputSize: [227, 227],
    preprocess: "caffe",
    parameters: 60965224,
    macs: 724406816,
    weightsFrom: `http://dl.caffe.berkeleyvision.org/bvlc_alexnet.caffemodel, ${CAFFE_WEIGHTS}`,
    build: bvlcAlexNet,
  },
];
