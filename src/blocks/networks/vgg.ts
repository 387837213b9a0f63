/** VGG: 3x3 convolutions between max pools, then three fully connected layers; with batch norms too. */
import type { Graph } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { adaptiveAveragePool, convAct, convBnAct } from "../layers.ts";
import { fullyConnected } from "./alexnet.ts";
import { listNetwork, torchvision } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

const VGG: Paper = {
  authors: "Simonyan, Zisserman",
  title: "Very Deep Convolutional Networks for Large-Scale Image Recognition",
  arXiv: "1409.1556",
};

/** Channels of each stage; a max pool ends it. */
const CHANNELS = [64, 128, 256, 512, 512];

interface VggRow extends Listing {
  /** Convolutions of each stage: table 1. */
  readonly depths: readonly number[];
  readonly batchNorm: boolean;
}

/** Configurations A, B, D and E; names of files on PyTorch's server, with and without norms. */
const CONFIGURATIONS = [
  { layers: 11, depths: [1, 1, 2, 2, 2], files: ["8a719046", "6002323d"] },
  { layers: 13, depths: [2, 2, 2, 2, 2], files: ["19584684", "abd245e5"] },
  { layers: 16, depths: [2, 2, 3, 3, 3], files: ["397923af", "6c64b313"] },
  { layers: 19, depths: [2, 2, 4, 4, 4], files: ["dcbb9e9d", "c79401a0"] },
] as const;

/** Parameters without and with norms, MACs. */
const COUNTS: Readonly<Record<number, readonly [number, number, number]>> = {
  11: [132863336, 132868840, 7609090048],
  13: [133047848, 133053736, 11308466176],
  16: [138357544, 138365992, 15470264320],
  19: [143667240, 143678248, 19632062464],
};

const ROWS: readonly VggRow[] = CONFIGURATIONS.flatMap(({ layers, depths, files }) =>
  [false, true].map((batchNorm) => {
    const id = `vgg${layers}${batchNorm ? "_bn" : ""}`;
    const [plain, normed, macs] = COUNTS[layers];
    return {
      ...torchvision("vgg.py", `${id}-${files[batchNorm ? 1 : 0]}.pth`),
      id,
      aliases: [`tv_${id}`],
      title: `VGG-${layers}${batchNorm ? " with batch norms" : ""}`,
      depths,
      batchNorm,
      parameters: batchNorm ? normed : plain,
      macs,
    };
  }),
);

function vgg({ id, depths, batchNorm }: VggRow, options: NetworkOptions): Graph {
  const { scope, image, classes, finish } = beginNetwork(id, options, { width: null });
  const features = scope.at("features");
  // torchvision counts every layer: convolution, batch norm, ReLU, pool.
  let [x, index] = [image, 0];
  depths.forEach((depth, stage) => {
    const layer = { outChannels: CHANNELS[stage], kernel: 3, activation: RELU };
    for (let i = 0; i < depth; i++) {
      x = batchNorm
        ? convBnAct(features, x, { ...layer, names: [index, index + 1], bias: true })
        : convAct(features.at(index), x, layer);
      index += batchNorm ? 3 : 2;
    }
    x = scope.builder.maxPool2d(x, { kernel: [2, 2] }, features.name(index++));
  });
  const pooled = adaptiveAveragePool(scope, x, 7);
  // Dropout is classifier.2 and classifier.5.
  const names = ["classifier.0", "classifier.3", "classifier.6"] as const;
  return finish(fullyConnected(scope, pooled, names, classes));
}

/** Simonyan and Zisserman, arXiv 1409.1556. [N, 3, H, W] -> logits [N, classes] */
export const VGGS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, VGG, (options = {}) => vgg(row, options)),
);
