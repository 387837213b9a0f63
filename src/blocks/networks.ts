/** The registry of networks that need no model file, only weights. */
import type { Pair } from "../graph/attributes.ts";
import { GraphError } from "../graph/errors.ts";
import type { Graph } from "../graph/graph.ts";
import { nearestName } from "../graph/nearest.ts";
import { mobileNetV2 } from "./networks/mobilenet-v2.ts";
import { mobileNetV3Large, mobileNetV3Small } from "./networks/mobilenet-v3.ts";
import type { NetworkOptions } from "./networks/options.ts";
import { squeezeNet10, squeezeNet11 } from "./networks/squeezenet.ts";

export interface Paper {
  readonly authors: string;
  readonly title: string;
  /** `1801.04381` */
  readonly arXiv: string;
}

export interface NetworkEntry {
  readonly id: string;
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

const SQUEEZENET: Paper = {
  authors: "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
  title: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
  arXiv: "1602.07360",
};
const MOBILENET_V2: Paper = {
  authors: "Sandler, Howard, Zhu, Zhmoginov, Chen",
  title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
  arXiv: "1801.04381",
};
const MOBILENET_V3: Paper = {
  authors: "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam",
  title: "Searching for MobileNetV3",
  arXiv: "1905.02244",
};

/** What the networks of torchvision have in common. */
function torchvision(file: string, weights: string) {
  return {
    follows: `torchvision ${file}`,
    inputSize: [224, 224],
    preprocess: "imagenet",
    weightsFrom: `https://download.pytorch.org/models/${weights}, saved as safetensors`,
  } as const;
}

/** Every network that can be built by name. */
export const NETWORKS: readonly NetworkEntry[] = [
  {
    id: "squeezenet1_0",
    title: "SqueezeNet 1.0",
    paper: SQUEEZENET,
    ...torchvision("squeezenet.py", "squeezenet1_0-b66bff10.pth"),
    parameters: 1248424,
    macs: 818924576,
    build: squeezeNet10,
  },
  {
    id: "squeezenet1_1",
    title: "SqueezeNet 1.1",
    paper: SQUEEZENET,
    ...torchvision("squeezenet.py", "squeezenet1_1-b8a52dc0.pth"),
    parameters: 1235496,
    macs: 349151936,
    build: squeezeNet11,
  },
  {
    id: "mobilenet_v2",
    title: "MobileNetV2",
    paper: MOBILENET_V2,
    ...torchvision("mobilenetv2.py", "mobilenet_v2-b0353104.pth"),
    parameters: 3504872,
    macs: 300774272,
    build: mobileNetV2,
  },
  {
    id: "mobilenet_v3_small",
    title: "MobileNetV3-Small",
    paper: MOBILENET_V3,
    ...torchvision("mobilenetv3.py", "mobilenet_v3_small-047dcff4.pth"),
    parameters: 2542856,
    macs: 56510400,
    build: mobileNetV3Small,
  },
  {
    id: "mobilenet_v3_large",
    title: "MobileNetV3-Large",
    paper: MOBILENET_V3,
    ...torchvision("mobilenetv3.py", "mobilenet_v3_large-8738ca79.pth"),
    parameters: 5483032,
    macs: 216589760,
    build: mobileNetV3Large,
  },
];

/**
 * The entry of a network; `tv_mobilenet_v2` is `mobilenet_v2`.
 * @throws GraphError when no network has that name
 */
export function networkEntry(id: string): NetworkEntry {
  const wanted = id.replace(/^tv_/, "");
  const entry = NETWORKS.find((network) => network.id === wanted);
  if (entry) return entry;
  const ids = NETWORKS.map((network) => network.id);
  throw new GraphError(
    `network "${id}" is not known, nearest "${nearestName(wanted, ids)}"; known: ${ids.join(", ")}`,
  );
}

/**
 * Builds a network by name, without weights: `bindWeights` fills them.
 * @throws GraphError when no network has that name
 * @throws ShapeError when an option does not fit the network
 * @example
 * const graph = network("mobilenet_v2", { inputSize: 160, classes: 10 });
 */
export function network(id: string, options: NetworkOptions = {}): Graph {
  return networkEntry(id).build(options);
}
