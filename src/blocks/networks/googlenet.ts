/** GoogLeNet, as torchvision has it and as Caffe's model zoo has it. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { caffeInception, torchvisionInception } from "../inception-styles.ts";
import { inception } from "../inception.ts";
import type { InceptionOptions } from "../inception.ts";
import { convAct, convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

export const GOOGLENET: Paper = {
  authors: "Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke, Rabinovich",
  title: "Going Deeper with Convolutions",
  arXiv: "1409.4842",
};

interface Row extends InceptionOptions {
  /** `3a` */
  readonly module: string;
}

/** A row of table 1: #1x1, #3x3 reduce, #3x3, #5x5 reduce, #5x5, pool proj. */
function row(
  module: string,
  ...numbers: readonly [number, number, number, number, number, number]
): Row {
  const [pointwise, reduce3, spatial3, reduce5, spatial5, poolProjection] = numbers;
  return { module, pointwise, reduce3, spatial3, reduce5, spatial5, poolProjection };
}

/** Table 1 of arXiv 1409.4842; a max pool stands between the stages. */
const STAGES: readonly (readonly Row[])[] = [
  [row("3a", 64, 96, 128, 16, 32, 32), row("3b", 128, 128, 192, 32, 96, 64)],
  [
    row("4a", 192, 96, 208, 16, 48, 64),
    row("4b", 160, 112, 224, 24, 64, 64),
    row("4c", 128, 128, 256, 24, 64, 64),
    row("4d", 112, 144, 288, 32, 64, 64),
    row("4e", 256, 160, 320, 32, 128, 128),
  ],
  [row("5a", 256, 160, 320, 32, 128, 128), row("5b", 384, 192, 384, 48, 128, 128)],
];

/** Of stride 2, with the size rounded up. */
function maxPool(scope: Scope, x: Value, name: string, size = 3): Value {
  const window = { kernel: [size, size], stride: [2, 2], ceilMode: true } as const;
  return scope.builder.maxPool2d(x, window, scope.name(name));
}

/**
 * Szegedy et al., arXiv 1409.4842, names of torchvision: batch norms, no local response norm, 3x3
 * in the place of 5x5, and a last max pool over 2x2. The auxiliary classifiers are left out: they
 * serve training. [N, 3, H, W] -> logits [N, classes]
 */
export function googLeNet(options: NetworkOptions = {}): Graph {
  const traits = { epsilon: 1e-3, width: null };
  const { scope, image, classes, finish } = beginNetwork("googlenet", options, traits);
  const layer = (name: string, x: Value, outChannels: number, kernel: number, stride = 1) =>
    convBnAct(scope.at(name), x, {
      names: ["conv", "bn"],
      outChannels,
      kernel,
      stride,
      activation: RELU,
    });
  const first = maxPool(scope, layer("conv1", image, 64, 7, 2), "maxpool1");
  let x = maxPool(scope, layer("conv3", layer("conv2", first, 64, 1), 192, 3), "maxpool2");
  STAGES.forEach((rows, i) => {
    if (i > 0) x = maxPool(scope, x, `maxpool${i + 2}`, i === 2 ? 2 : 3);
    for (const each of rows) {
      x = inception(torchvisionInception(scope.at(`inception${each.module}`)), x, each);
    }
  });
  return finish(linear(scope.at("fc"), flatten(scope, globalAveragePool(scope, x)), classes));
}

/** Over 5 channels; Caffe divides alpha by their number. */
export const CAFFE_LRN = { before: 2, after: 2, alpha: 1e-4 / 5, beta: 0.75, bias: 1 } as const;

/**
 * Szegedy et al., arXiv 1409.4842, layers and names of BVLC's `bvlc_googlenet`, which is close to the
 * paper: biases, local response norms, 5x5 convolutions. Its last layer, a softmax, is left to the
 * caller. [N, 3, H, W] -> logits [N, classes]
 */
export function bvlcGoogLeNet(options: NetworkOptions = {}): Graph {
  const { scope, image, classes, finish } = beginNetwork("bvlc_googlenet", options, {
    width: null,
  });
  const layer = (name: string, x: Value, outChannels: number, kernel: number, stride = 1) =>
    convAct(scope.at(name), x, { outChannels, kernel, stride, activation: RELU });
  const normalize = (name: string, x: Value) =>
    scope.builder.op("localResponseNorm", [x], CAFFE_LRN, scope.name(name));
  const first = maxPool(scope, layer("conv1/7x7_s2", image, 64, 7, 2), "pool1/3x3_s2");
  const reduced = layer("conv2/3x3_reduce", normalize("pool1/norm1", first), 64, 1);
  const second = normalize("conv2/norm2", layer("conv2/3x3", reduced, 192, 3));
  let x = maxPool(scope, second, "pool2/3x3_s2");
  STAGES.forEach((rows, i) => {
    if (i > 0) x = maxPool(scope, x, `pool${i + 2}/3x3_s2`);
    for (const each of rows) {
      x = inception(caffeInception(scope, `inception_${each.module}`), x, each);
    }
  });
  const pooled = flatten(scope, globalAveragePool(scope, x));
  return finish(linear(scope.at("loss3/classifier"), pooled, classes));
}

/** BVLC's pages of weights. */
export const CAFFE_WEIGHTS = "converted to safetensors with layer names as keys";

export const GOOGLENETS: readonly NetworkEntry[] = [
  {
    id: "googlenet",
    aliases: ["tv_googlenet"],
    title: "GoogLeNet",
    paper: GOOGLENET,
    ...torchvision("googlenet.py", "googlenet-1378be20.pth"),
    // The published weights were trained on (x - 0.5) / 0.5 (`transform_input`).
    preprocess: "tf",
    parameters: 6624904,
    macs: 1498376192,
    build: googLeNet,
  },
  {
    id: "bvlc_googlenet",
    title: "GoogLeNet (BVLC)",
    paper: GOOGLENET,
    follows: "BVLC/caffe models/bvlc_googlenet",
    inputSize: [224, 224],
    preprocess: "caffe",
    parameters: 6998552,
    macs: 1582671872,
    weightsFrom: `http://dl.caffe.berkeleyvision.org/bvlc_googlenet.caffemodel, ${CAFFE_WEIGHTS}`,
    build: bvlcGoogLeNet,
  },
];
