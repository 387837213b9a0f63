/** CSPResNet-50, CSPResNeXt-50 and CSPDarknet-53, as timm builds them. */
import type { Graph } from "../../graph/graph.ts";
import { leakyRelu } from "../activations.ts";
import { cspStage } from "../csp-stage.ts";
import type { CspStageOptions } from "../csp-stage.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { listNetwork, timm } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { stemPool } from "./residual.ts";

export const CSPNET: Paper = {
  authors: "Wang, Liao, Yeh, Wu, Chen, Hsieh",
  title: "CSPNet: A New Backbone that can Enhance Learning Capability of CNN",
  arXiv: "1911.11929",
};

/** PyTorch's default slope, where Darknet has 0.1. */
const LEAKY_RELU = leakyRelu(0.01);

type StageRow = Omit<CspStageOptions, "activation" | "block">;

interface CspNetRow extends Listing {
  readonly stem: { readonly outChannels: number; readonly kernel: number; readonly pool: boolean };
  readonly block: CspStageOptions["block"];
  readonly stages: readonly StageRow[];
}

const STEM_7X7 = { outChannels: 64, kernel: 7, pool: true };
const RESNET = { expandRatio: 2, bottleRatio: 0.5, crossLinear: true };
const RESNEXT = { blockRatio: 0.5, groups: 32, crossLinear: true };
const DARKNET = { stride: 2, blockRatio: 0.5, downGrowth: true };

const ROWS: readonly CspNetRow[] = [
  {
    ...timm("cspnet.py", "cspresnet50.ra_in1k", 256),
    id: "cspresnet50",
    aliases: ["timm_cspresnet50"],
    title: "CSPResNet-50",
    stem: STEM_7X7,
    block: "bottleneck",
    stages: [
      { ...RESNET, outChannels: 128, depth: 3, stride: 1 },
      { ...RESNET, outChannels: 256, depth: 3, stride: 2 },
      { ...RESNET, outChannels: 512, depth: 5, stride: 2 },
      { ...RESNET, outChannels: 1024, depth: 2, stride: 2 },
    ],
    parameters: 21616168,
    macs: 4517240832,
  },
  {
    ...timm("cspnet.py", "cspresnext50.ra_in1k", 256),
    id: "cspresnext50",
    aliases: ["timm_cspresnext50"],
    title: "CSPResNeXt-50",
    stem: STEM_7X7,
    block: "bottleneck",
    stages: [
      { ...RESNEXT, outChannels: 256, depth: 3, stride: 1 },
      { ...RESNEXT, outChannels: 512, depth: 3, stride: 2 },
      { ...RESNEXT, outChannels: 1024, depth: 5, stride: 2 },
      { ...RESNEXT, outChannels: 2048, depth: 2, stride: 2 },
    ],
    parameters: 20569896,
    macs: 4014948352,
  },
  {
    ...timm("cspnet.py", "cspdarknet53.ra_in1k", 256),
    id: "cspdarknet53",
    aliases: ["timm_cspdarknet53"],
    title: "CSPDarknet-53",
    stem: { outChannels: 32, kernel: 3, pool: false },
    block: "dark",
    stages: [
      { ...DARKNET, outChannels: 64, depth: 1, expandRatio: 2, bottleRatio: 0.5, blockRatio: 1 },
      { ...DARKNET, outChannels: 128, depth: 2 },
      { ...DARKNET, outChannels: 256, depth: 8 },
      { ...DARKNET, outChannels: 512, depth: 8 },
      { ...DARKNET, outChannels: 1024, depth: 4 },
    ],
    parameters: 27642184,
    macs: 6533652480,
  },
];

function cspNet({ id, stem, block, stages }: CspNetRow, options: NetworkOptions): Graph {
  const traits = { width: null, inputSize: 256 };
  const { scope, image, classes, finish } = beginNetwork(id, options, traits);
  const begun = convBnAct(scope.at("stem"), image, {
    names: ["conv1.conv", "conv1.bn"],
    outChannels: stem.outChannels,
    kernel: stem.kernel,
    stride: stem.pool ? 2 : 1,
    activation: LEAKY_RELU,
  });
  const features = stages.reduce(
    (x, stage, i) =>
      cspStage(scope.at("stages").at(i), x, { ...stage, block, activation: LEAKY_RELU }),
    stem.pool ? stemPool(scope.at("stem"), begun) : begun,
  );
  const pooled = flatten(scope, globalAveragePool(scope, features));
  return finish(linear(scope.at("head.fc"), pooled, classes));
}

/** Wang et al., arXiv 1911.11929. [N, 3, H, W] -> logits [N, classes] */
export const CSPNETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, CSPNET, (options = {}) => cspNet(row, options)),
);
