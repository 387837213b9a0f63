/** SqueezeNet 1.0 and 1.1: Fire modules between max pools, and no fully connected layer. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { fire } from "../fire.ts";
import { convAct, flatten, globalAveragePool } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
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

function applyRow(scope: Scope, x: Value, row: Row): Value {
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
    case "fire":
      return fire(scope, x, row);
  }
}

function squeezeNet(id: string, rows: readonly Row[], options: NetworkOptions): Graph {
  const { scope, image, classes, finish } = beginNetwork(id, options, { width: null });
  const features = rows.reduce((x, row, i) => applyRow(scope.at("features").at(i), x, row), image);
  // Dropout is classifier.0. The mean is taken after the activation, so no logit is negative.
  const conv10 = convAct(scope.at("classifier.1"), features, {
    outChannels: classes,
    activation: RELU,
  });
  return finish(flatten(scope, globalAveragePool(scope, conv10)));
}

/** SqueezeNet 1.0 as in the paper, names of torchvision. [N, 3, H, W] -> [N, classes] */
export function squeezeNet10(options: NetworkOptions = {}): Graph {
  return squeezeNet("squeezenet1_0", ROWS_1_0, options);
}

/** SqueezeNet 1.1, with 2.3 times fewer MACs; names of torchvision. [N, 3, H, W] -> [N, classes] */
export function squeezeNet11(options: NetworkOptions = {}): Graph {
  return squeezeNet("squeezenet1_1", ROWS_1_1, options);
}

const SQUEEZENET: Paper = {
  authors: "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer",
  title: "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
  arXiv: "1602.07360",
};

export const SQUEEZENETS: readonly NetworkEntry[] = [
  {
    id: "squeezenet1_0",
    aliases: ["tv_squeezenet1_0"],
    title: "SqueezeNet 1.0",
    paper: SQUEEZENET,
    ...torchvision("squeezenet.py", "squeezenet1_0-b66bff10.pth"),
    parameters: 1248424,
    macs: 818924576,
    build: squeezeNet10,
  },
  {
    id: "squeezenet1_1",
    aliases: ["tv_squeezenet1_1"],
    title: "SqueezeNet 1.1",
    paper: SQUEEZENET,
    ...torchvision("squeezenet.py", "squeezenet1_1-b8a52dc0.pth"),
    parameters: 1235496,
    macs: 349151936,
    build: squeezeNet11,
  },
];
