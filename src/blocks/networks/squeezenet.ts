/** SqueezeNet 1.0 and 1.1: Fire modules between max pools, and no fully connected layer. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { fire } from "../fire.ts";
import type { FireOptions } from "../fire.ts";
import { convAct, flatten, globalAveragePool } from "../layers.ts";
import { Scope } from "../scope.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper, Published } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

type Row =
  | { readonly layer: "conv1"; readonly outChannels: number; readonly kernel: number }
  | { readonly layer: "relu" }
  | { readonly layer: "maxpool" }
  | { readonly layer: "fire"; readonly squeeze: number; readonly expand: number };

/** Table 1 of arXiv 1602.07360; row i is torchvision's `features.i`. */
const ROWS_1_0: readonly Row[] = [
  { layer: "conv1", outChannels: 96, kernel: 7 },
  { layer: "relu" },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 16, expand: 64 },
  { layer: "fire", squeeze: 16, expand: 64 },
  { layer: "fire", squeeze: 32, expand: 128 },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 32, expand: 128 },
  { layer: "fire", squeeze: 48, expand: 192 },
  { layer: "fire", squeeze: 48, expand: 192 },
  { layer: "fire", squeeze: 64, expand: 256 },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 64, expand: 256 },
];

/** The authors' later release (github.com/forresti/SqueezeNet, SqueezeNet_v1.1): pools come earlier. */
const ROWS_1_1: readonly Row[] = [
  { layer: "conv1", outChannels: 64, kernel: 3 },
  { layer: "relu" },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 16, expand: 64 },
  { layer: "fire", squeeze: 16, expand: 64 },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 32, expand: 128 },
  { layer: "fire", squeeze: 32, expand: 128 },
  { layer: "maxpool" },
  { layer: "fire", squeeze: 48, expand: 192 },
  { layer: "fire", squeeze: 48, expand: 192 },
  { layer: "fire", squeeze: 64, expand: 256 },
  { layer: "fire", squeeze: 64, expand: 256 },
];

/** Whose names and details are followed. */
interface Code {
  readonly inputSize: number;
  /** Paths of the rows. */
  readonly paths: (rows: readonly Row[]) => string[];
  /** Layers of a Fire module are parts of its path, or have names that begin with it. */
  readonly fireNames?: (path: string) => FireOptions["names"];
  readonly classifier: string;
  /** Whether the last layer is a softmax. */
  readonly probabilities: boolean;
}

const TORCHVISION: Code = {
  inputSize: 224,
  paths: (rows) => rows.map((_, i) => `features.${i}`),
  // Dropout is classifier.0.
  classifier: "classifier.1",
  probabilities: false,
};

/** Layers are numbered by convolutions and Fire modules. */
const CAFFE: Code = {
  inputSize: 227,
  paths: (rows) => {
    let count = 1;
    return rows.map(({ layer }) => {
      if (layer === "fire") return `fire${++count}`;
      return { conv1: "conv1", relu: "relu_conv1", maxpool: `pool${count}` }[layer];
    });
  },
  fireNames: (path) => [
    `${path}/squeeze1x1`,
    `${path}/expand1x1`,
    `${path}/expand3x3`,
    `${path}/concat`,
  ],
  classifier: "conv10",
  probabilities: true,
};

function applyRow(scope: Scope, x: Value, row: Row, code: Code): Value {
  switch (row.layer) {
    case "conv1": {
      const { outChannels, kernel } = row;
      return convAct(scope, x, { outChannels, kernel, stride: 2, padding: 0, activation: null });
    }
    case "relu":
      return scope.builder.unary(x, RELU, scope.path);
    case "maxpool": {
      const window = { kernel: [3, 3], stride: [2, 2], ceilMode: true } as const;
      return scope.builder.maxPool2d(x, window, scope.path);
    }
    case "fire": {
      if (!code.fireNames) return fire(scope, x, row);
      return fire(new Scope(scope.builder), x, { ...row, names: code.fireNames(scope.path) });
    }
  }
}

interface Variant {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly code: Code;
  /** Of the last convolution, whose kernel is 1x1: a border of nothing but the bias. */
  readonly lastPadding?: number;
}

/** [N, 3, H, W] -> [N, classes] */
function squeezeNet(variant: Variant, options: NetworkOptions): Graph {
  const { id, rows, code, lastPadding } = variant;
  const traits = { width: null, inputSize: code.inputSize };
  const { scope, image, classes, finish } = beginNetwork(id, options, traits);
  const paths = code.paths(rows);
  const features = rows.reduce((x, row, i) => applyRow(scope.at(paths[i]), x, row, code), image);
  // The mean is taken after the activation, so no logit is negative.
  const conv10 = convAct(scope.at(code.classifier), features, {
    outChannels: classes,
    padding: lastPadding,
    activation: RELU,
  });
  const logits = flatten(scope, globalAveragePool(scope, conv10));
  if (!code.probabilities) return finish(logits);
  return finish(scope.builder.op("softmax", [logits], { axis: 1 }, "prob"));
}

const SQUEEZENET: Paper = {
  authors: "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
  title: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
  arXiv: "1602.07360",
};

const V1_0 = { paper: SQUEEZENET, parameters: 1248424 } as const;
const V1_1 = { paper: SQUEEZENET, parameters: 1235496 } as const;

/** The authors' own files. */
const caffe = (version: string): Published => ({
  follows: `forresti/SqueezeNet SqueezeNet_${version}/deploy.prototxt`,
  inputSize: [227, 227],
  preprocess: "caffe",
  weightsFrom: `https://github.com/forresti/SqueezeNet/tree/master/SqueezeNet_${version}, a caffemodel`,
});

export const SQUEEZENETS: readonly NetworkEntry[] = [
  {
    ...V1_0,
    id: "squeezenet1_0",
    aliases: ["tv_squeezenet1_0"],
    title: "SqueezeNet 1.0",
    ...torchvision("squeezenet.py", "squeezenet1_0-b66bff10.pth"),
    macs: 818924576,
    build: (options = {}) =>
      squeezeNet({ id: "squeezenet1_0", rows: ROWS_1_0, code: TORCHVISION }, options),
  },
  {
    ...V1_1,
    id: "squeezenet1_1",
    aliases: ["tv_squeezenet1_1"],
    title: "SqueezeNet 1.1",
    ...torchvision("squeezenet.py", "squeezenet1_1-b8a52dc0.pth"),
    macs: 349151936,
    build: (options = {}) =>
      squeezeNet({ id: "squeezenet1_1", rows: ROWS_1_1, code: TORCHVISION }, options),
  },
  {
    ...V1_0,
    id: "caffe_squeezenet_v1.0",
    title: "SqueezeNet 1.0 (Caffe)",
    ...caffe("v1.0"),
    macs: 861339936,
    build: (options = {}) =>
      squeezeNet(
        { id: "caffe_squeezenet_v1.0", rows: ROWS_1_0, code: CAFFE, lastPadding: 1 },
        options,
      ),
  },
  {
    ...V1_1,
    id: "caffe_squeezenet_v1.1",
    title: "SqueezeNet 1.1 (Caffe)",
    ...caffe("v1.1"),
    macs: 387747520,
    build: (options = {}) =>
      squeezeNet({ id: "caffe_squeezenet_v1.1", rows: ROWS_1_1, code: CAFFE }, options),
  },
];
