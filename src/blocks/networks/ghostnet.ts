/** GhostNet: MobileNetV3's column with ghost bottlenecks. */
import type { Graph } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { ghostBottleneck } from "../ghost-bottleneck.ts";
import { convAct, convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { timm } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { stem } from "./mobile.ts";
import { TIMM_STAGES } from "./names.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

interface Row {
  readonly kernel: number;
  readonly expanded: number;
  readonly outChannels: number;
  readonly se: boolean;
  readonly stride: number;
}

/** Table 1 of arXiv 1911.11907, in the stages of the authors' code. */
const STAGES: readonly (readonly Row[])[] = [
  [{ kernel: 3, expanded: 16, outChannels: 16, se: false, stride: 1 }],
  [{ kernel: 3, expanded: 48, outChannels: 24, se: false, stride: 2 }],
  [{ kernel: 3, expanded: 72, outChannels: 24, se: false, stride: 1 }],
  [{ kernel: 5, expanded: 72, outChannels: 40, se: true, stride: 2 }],
  [{ kernel: 5, expanded: 120, outChannels: 40, se: true, stride: 1 }],
  [{ kernel: 3, expanded: 240, outChannels: 80, se: false, stride: 2 }],
  [
    { kernel: 3, expanded: 200, outChannels: 80, se: false, stride: 1 },
    { kernel: 3, expanded: 184, outChannels: 80, se: false, stride: 1 },
    { kernel: 3, expanded: 184, outChannels: 80, se: false, stride: 1 },
    { kernel: 3, expanded: 480, outChannels: 112, se: true, stride: 1 },
    { kernel: 3, expanded: 672, outChannels: 112, se: true, stride: 1 },
  ],
  [{ kernel: 5, expanded: 672, outChannels: 160, se: true, stride: 2 }],
  [
    { kernel: 5, expanded: 960, outChannels: 160, se: false, stride: 1 },
    { kernel: 5, expanded: 960, outChannels: 160, se: true, stride: 1 },
    { kernel: 5, expanded: 960, outChannels: 160, se: false, stride: 1 },
    { kernel: 5, expanded: 960, outChannels: 160, se: true, stride: 1 },
  ],
];

/** Channels of the layer before the classifier, at every width. */
const EMBEDDING = 1280;

/** Names of huawei-noah/ghostnet and timm. [N, 3, H, W] -> logits [N, classes] */
function build(id: string, defaultWidth: number, options: NetworkOptions): Graph {
  const traits = { width: defaultWidth };
  const { scope, image, classes, width, finish } = beginNetwork(id, options, traits);
  const scaled = (channels: number) => makeDivisible(channels * width, 4);
  let x = stem(scope, image, {
    names: TIMM_STAGES.stem,
    outChannels: scaled(16),
    activation: RELU,
  });
  STAGES.forEach((rows, stage) => {
    rows.forEach(({ kernel, expanded, outChannels, se, stride }, index) => {
      x = ghostBottleneck(scope.at(`blocks.${stage}.${index}`), x, {
        kernel,
        expandedChannels: scaled(expanded),
        outChannels: scaled(outChannels),
        squeezeExcite: se,
        stride,
      });
    });
  });
  const last = convBnAct(scope.at(`blocks.${STAGES.length}.0`), x, {
    names: ["conv", "bn1"],
    outChannels: scaled(960),
    activation: RELU,
  });
  const embedded = convAct(scope.at("conv_head"), globalAveragePool(scope, last), {
    outChannels: EMBEDDING,
    activation: RELU,
  });
  return finish(linear(scope.at(TIMM_STAGES.classifier), flatten(scope, embedded), classes));
}

const GHOSTNET: Paper = {
  authors: "Han, Wang, Tian, Guo, Xu, Xu",
  title: "GhostNet: More Features from Cheap Operations",
  arXiv: "1911.11907",
};

interface Variant {
  readonly id: string;
  readonly aliases: readonly string[];
  readonly width: number;
  readonly parameters: number;
  readonly macs: number;
}

const entry = ({ width, ...sizes }: Variant): NetworkEntry => ({
  ...timm("ghostnet.py", "ghostnet_100.in1k"),
  ...(width === 1 ? {} : { weightsFrom: "none published" }),
  ...sizes,
  title: `GhostNet ${width.toFixed(1)}x`,
  paper: GHOSTNET,
  build: (options = {}) => build(sizes.id, width, options),
});

export const GHOSTNETS: readonly NetworkEntry[] = [
  {
    id: "ghostnet_050",
    aliases: ["timm_ghostnet_050"],
    width: 0.5,
    parameters: 2587292,
    macs: 42328152,
  },
  {
    id: "ghostnet_100",
    aliases: ["timm_ghostnet_100", "ghostnet_official"],
    width: 1,
    parameters: 5182508,
    macs: 141150512,
  },
  {
    id: "ghostnet_130",
    aliases: ["timm_ghostnet_130"],
    width: 1.3,
    parameters: 7358820,
    macs: 227003256,
  },
].map(entry);
