/** SE-ResNet, SE-ResNeXt and SENet-154, as their authors released them and as timm builds them. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU, SIGMOID } from "../activations.ts";
import { convBnAct } from "../layers.ts";
import { residualBottleneck } from "../residual-bottleneck.ts";
import type { ResidualBottleneckOptions } from "../residual-bottleneck.ts";
import type { Scope } from "../scope.ts";
import { squeezeExcite } from "../squeeze-excite.ts";
import { listNetwork, timm } from "./entry.ts";
import type { Listing, NetworkEntry, Paper, Published } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { residualNetwork, stem7x7, stemPool } from "./residual.ts";
import type { ResidualPlace } from "./residual.ts";

export const SENET: Paper = {
  authors: "Hu, Shen, Albanie, Sun, Wu",
  title: "Squeeze-and-Excitation Networks",
  arXiv: "1709.01507",
};

/** r: the gates' layers have a 16th of the channels between them. */
const REDUCTION = 16;

interface SeNetRow extends Listing {
  readonly depths: readonly number[];
  readonly stem: (scope: Scope, image: Value) => Value;
  /** What sets the block apart from ResNet's. */
  readonly block: (place: ResidualPlace) => Partial<ResidualBottleneckOptions>;
  /** Names and pool of the authors' Caffe networks, of which timm's `senet.py` has the weights. */
  readonly legacy: boolean;
}

/** Three 3x3 convolutions, the last of 128 channels. */
function stem154(scope: Scope, image: Value): Value {
  const x = [64, 64, 128].reduce(
    (value, outChannels, i) =>
      convBnAct(scope, value, {
        names: [`conv${i + 1}`, `bn${i + 1}`],
        outChannels,
        kernel: 3,
        stride: i === 0 ? 2 : 1,
        activation: RELU,
      }),
    image,
  );
  return stemPool(scope, x, true);
}

const legacyStem = (scope: Scope, image: Value) =>
  stem7x7(scope.at("layer0"), image, { caffe: true });

/** @param weights address of a checkpoint with timm's names */
const released = (weights: string): Published => ({
  follows: "timm senet.py, hujie-frank/SENet",
  inputSize: [224, 224],
  preprocess: "imagenet",
  weightsFrom: `${weights}, saved as safetensors`,
});

const TIMM_RELEASES =
  "https://github.com/huggingface/pytorch-image-models/releases/download/v0.1-weights";

/** Table 10 of arXiv 1709.01507, and SENet-154 of its appendix. */
const ROWS: readonly SeNetRow[] = [
  {
    ...timm("resnet.py", "seresnet50.a1_in1k"),
    id: "seresnet50",
    aliases: ["timm_seresnet50"],
    title: "SE-ResNet-50",
    depths: [3, 4, 6, 3],
    stem: (scope, image) => stem7x7(scope, image),
    block: () => ({}),
    legacy: false,
    parameters: 28088024,
    macs: 4091699200,
  },
  {
    ...released("http://data.lip6.fr/cadene/pretrainedmodels/se_resnet50-ce0d4300.pth"),
    id: "legacy_seresnet50",
    aliases: ["timm_legacy_seresnet50", "caffe_SE-ResNet-50"],
    title: "SE-ResNet-50 (authors)",
    depths: [3, 4, 6, 3],
    stem: legacyStem,
    block: () => ({ strideAt: "1x1" }),
    legacy: true,
    parameters: 28088024,
    macs: 3860488192,
  },
  {
    ...released(`${TIMM_RELEASES}/legacy_se_resnext50_32x4d-f3651bad.pth`),
    id: "legacy_seresnext50_32x4d",
    aliases: ["timm_legacy_seresnext50_32x4d", "caffe_SE-ResNeXt-50"],
    title: "SE-ResNeXt-50 32x4d (authors)",
    depths: [3, 4, 6, 3],
    stem: legacyStem,
    block: ({ planes }) => ({ width: 2 * planes, groups: 32 }),
    legacy: true,
    parameters: 27559896,
    macs: 4232994816,
  },
  {
    ...released(`${TIMM_RELEASES}/legacy_senet154-e9eb9fe6.pth`),
    id: "legacy_senet154",
    aliases: ["timm_legacy_senet154", "caffe_SENet-154"],
    title: "SENet-154",
    depths: [3, 8, 36, 3],
    stem: (scope, image) => stem154(scope.at("layer0"), image),
    block: ({ planes, stage }) => ({
      width: 4 * planes,
      reducedChannels: 2 * planes,
      groups: 64,
      shortcutKernel: stage === 0 ? 1 : 3,
    }),
    legacy: true,
    parameters: 115088984,
    macs: 20688363520,
  },
];

function seNet({ id, depths, stem, block, legacy }: SeNetRow, options: NetworkOptions): Graph {
  const gate = legacy ? "se_module" : "se";
  return residualNetwork(
    id,
    {
      depths,
      stem,
      block: (scope, x, place) =>
        residualBottleneck(scope, x, {
          width: place.planes,
          outChannels: 4 * place.planes,
          stride: place.stride,
          dilation: place.dilation,
          firstDilation: place.firstDilation,
          excite: (residual) =>
            squeezeExcite(scope.at(gate), residual, {
              squeezeChannels: Math.floor(residual.shape[1] / REDUCTION),
              gate: SIGMOID,
            }),
          ...block(place),
        }),
      classifier: legacy ? "last_linear" : "fc",
      dilates: !legacy,
    },
    options,
  );
}

/** Hu et al., arXiv 1709.01507. [N, 3, H, W] -> logits [N, classes] */
export const SENETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, SENET, (options = {}) => seNet(row, options)),
);
