/** DenseNet-121 and its deeper relatives. */
import type { Graph } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { denseLayer, denseTransition } from "../dense-layer.ts";
import { activate, batchNorm, flatten, globalAveragePool, linear } from "../layers.ts";
import { listNetwork, torchvision } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { stem7x7 } from "./residual.ts";

const DENSENET: Paper = {
  authors: "Huang, Liu, van der Maaten, Weinberger",
  title: "Densely Connected Convolutional Networks",
  arXiv: "1608.06993",
};

interface DenseNetRow extends Listing {
  /** Layers of each dense block: table 1. */
  readonly depths: readonly number[];
  /** k */
  readonly growth: number;
  /** Channels of the stem. */
  readonly stem: number;
}

const ROWS: readonly DenseNetRow[] = [
  {
    ...torchvision("densenet.py", "densenet121-a639ec97.pth"),
    id: "densenet121",
    aliases: ["tv_densenet121", "timm_densenet121"],
    title: "DenseNet-121",
    depths: [6, 12, 24, 16],
    growth: 32,
    stem: 64,
    parameters: 7978856,
    macs: 2834161664,
  },
  {
    ...torchvision("densenet.py", "densenet169-b2777c0a.pth"),
    id: "densenet169",
    aliases: ["tv_densenet169"],
    title: "DenseNet-169",
    depths: [6, 12, 32, 32],
    growth: 32,
    stem: 64,
    parameters: 14149480,
    macs: 3359843328,
  },
  {
    ...torchvision("densenet.py", "densenet201-c1103571.pth"),
    id: "densenet201",
    aliases: ["tv_densenet201"],
    title: "DenseNet-201",
    depths: [6, 12, 48, 32],
    growth: 32,
    stem: 64,
    parameters: 20013928,
    macs: 4291365888,
  },
  {
    ...torchvision("densenet.py", "densenet161-8d451a50.pth"),
    id: "densenet161",
    aliases: ["tv_densenet161"],
    title: "DenseNet-161",
    depths: [6, 12, 36, 24],
    growth: 48,
    stem: 96,
    parameters: 28681000,
    macs: 7727907072,
  },
];

function denseNet({ id, depths, growth, stem }: DenseNetRow, options: NetworkOptions): Graph {
  const { scope, image, classes, finish } = beginNetwork(id, options, { width: null });
  const features = scope.at("features");
  let x = stem7x7(features, image, { names: ["conv0", "norm0"], outChannels: stem });
  depths.forEach((depth, i) => {
    const block = features.at(`denseblock${i + 1}`);
    for (let j = 1; j <= depth; j++) x = denseLayer(block.at(`denselayer${j}`), x, { growth });
    if (i < depths.length - 1) x = denseTransition(features.at(`transition${i + 1}`), x);
  });
  const norm = features.at("norm5");
  const activated = activate(norm, batchNorm(norm, x), RELU);
  const pooled = flatten(scope, globalAveragePool(scope, activated));
  return finish(linear(scope.at("classifier"), pooled, classes));
}

/** Huang et al., arXiv 1608.06993. [N, 3, H, W] -> logits [N, classes] */
export const DENSENETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, DENSENET, (options = {}) => denseNet(row, options)),
);
