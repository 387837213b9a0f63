/** MobileNetV3-Large and -Small. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Graph } from "../../graph/graph.ts";
import { HARD_SWISH, RELU } from "../activations.ts";
import { activate, convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { mobileNetV3Bottleneck } from "../mobilenet-v3-bottleneck.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

interface Row {
  /** Of the depthwise convolution. */
  readonly kernel: number;
  readonly expanded: number;
  readonly out: number;
  readonly se: boolean;
  readonly activation: UnaryAttributes;
  readonly stride: number;
}

/** Table 1 of arXiv 1905.02244. */
const LARGE: readonly Row[] = [
  { kernel: 3, expanded: 16, out: 16, se: false, activation: RELU, stride: 1 },
  { kernel: 3, expanded: 64, out: 24, se: false, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 72, out: 24, se: false, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 72, out: 40, se: true, activation: RELU, stride: 2 },
  { kernel: 5, expanded: 120, out: 40, se: true, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 120, out: 40, se: true, activation: RELU, stride: 1 },
  { kernel: 3, expanded: 240, out: 80, se: false, activation: HARD_SWISH, stride: 2 },
  { kernel: 3, expanded: 200, out: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 184, out: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 184, out: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 480, out: 112, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 672, out: 112, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 672, out: 160, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 960, out: 160, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 960, out: 160, se: true, activation: HARD_SWISH, stride: 1 },
];

/** Table 2 of arXiv 1905.02244. */
const SMALL: readonly Row[] = [
  { kernel: 3, expanded: 16, out: 16, se: true, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 72, out: 24, se: false, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 88, out: 24, se: false, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 96, out: 40, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 240, out: 40, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 240, out: 40, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 120, out: 48, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 144, out: 48, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 288, out: 96, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 576, out: 96, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 576, out: 96, se: true, activation: HARD_SWISH, stride: 1 },
];

/** torchvision's batch norms, as the paper's TensorFlow code, add more than PyTorch's default. */
const EPSILON = 1e-3;

/** `embedding`: channels between the two fully connected layers. */
function mobileNetV3(
  id: string,
  rows: readonly Row[],
  embedding: number,
  options: NetworkOptions,
): Graph {
  const { scope, image, classes, width, finish } = beginNetwork(id, options, { epsilon: EPSILON });
  const features = scope.at("features");
  let x = convBnAct(features.at(0), image, {
    outChannels: makeDivisible(16 * width),
    kernel: 3,
    stride: 2,
    activation: HARD_SWISH,
  });
  rows.forEach(({ kernel, expanded, out, se, activation, stride }, i) => {
    x = mobileNetV3Bottleneck(features.at(i + 1), x, {
      kernel,
      expandedChannels: makeDivisible(expanded * width),
      outChannels: makeDivisible(out * width),
      squeezeExcite: se,
      activation,
      stride,
    });
  });
  x = convBnAct(features.at(rows.length + 1), x, {
    outChannels: 6 * x.shape[1],
    activation: HARD_SWISH,
  });
  const pooled = flatten(scope, globalAveragePool(scope, x));
  // classifier.1 is the activation and classifier.2 dropout.
  const hidden = scope.at("classifier.0");
  const embedded = linear(hidden, pooled, makeDivisible(embedding * width));
  const activated = activate(hidden, embedded, HARD_SWISH);
  return finish(linear(scope.at("classifier.3"), activated, classes));
}

/** Howard et al., arXiv 1905.02244, names of torchvision. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV3Large(options: NetworkOptions = {}): Graph {
  return mobileNetV3("mobilenet_v3_large", LARGE, 1280, options);
}

/** Howard et al., arXiv 1905.02244, names of torchvision. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV3Small(options: NetworkOptions = {}): Graph {
  return mobileNetV3("mobilenet_v3_small", SMALL, 1024, options);
}

const MOBILENET_V3: Paper = {
  authors: "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam",
  title: "Searching for MobileNetV3",
  arXiv: "1905.02244",
};

export const MOBILENETS_V3: readonly NetworkEntry[] = [
  {
    id: "mobilenet_v3_small",
    aliases: ["tv_mobilenet_v3_small"],
    title: "MobileNetV3-Small",
    paper: MOBILENET_V3,
    ...torchvision("mobilenetv3.py", "mobilenet_v3_small-047dcff4.pth"),
    parameters: 2542856,
    macs: 56510400,
    build: mobileNetV3Small,
  },
  {
    id: "mobilenet_v3_large",
    aliases: ["tv_mobilenet_v3_large"],
    title: "MobileNetV3-Large",
    paper: MOBILENET_V3,
    ...torchvision("mobilenetv3.py", "mobilenet_v3_large-8738ca79.pth"),
    parameters: 5483032,
    macs: 216589760,
    build: mobileNetV3Large,
  },
];
