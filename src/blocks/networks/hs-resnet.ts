/** HS-ResNet-50: ResNet-50 with hierarchical-split blocks, in the two forms that can be checked. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { hsBlock } from "../hs-block.ts";
import { convBnAct, declareConvBn } from "../layers.ts";
import { residualBottleneck } from "../residual-bottleneck.ts";
import type { Scope } from "../scope.ts";
import { listNetwork } from "./entry.ts";
import type { Listing, NetworkEntry, Paper, Published } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { residualNetwork, stem7x7 } from "./residual.ts";
import type { ResidualPlace } from "./residual.ts";

const HS_RESNET: Paper = {
  authors: "Yuan, Lin, Cui, Du, Guo, He, Ding, Han",
  title: "HS-ResNet: Hierarchical-Split Block on Convolutional Neural Network",
  arXiv: "2010.07621",
};

const DEPTHS = [3, 4, 6, 3];
const UNPUBLISHED = {
  inputSize: [224, 224],
  preprocess: "imagenet",
  weightsFrom: "none published",
} as const;

/** bobo0810's block: the first of a stage keeps its 3x3, and lists its projection first. */
function boboBlock(scope: Scope, x: Value, { index, planes, stride }: ResidualPlace): Value {
  const outChannels = 4 * planes;
  if (index === 0) {
    declareConvBn(scope.at("downsample"), x.shape[1], { outChannels });
    return residualBottleneck(scope, x, { width: planes, outChannels, stride });
  }
  return residualBottleneck(scope, x, {
    width: planes,
    outChannels,
    filter: (reduced) => hsBlock(scope.at("hsblock"), reduced, { splits: 8 }),
  });
}

function bobo(id: string, options: NetworkOptions): Graph {
  const definition = {
    depths: DEPTHS,
    stem: (scope: Scope, image: Value) => stem7x7(scope, image),
    block: boboBlock,
    dilates: false,
  };
  return residualNetwork(id, definition, options);
}

interface HsRow extends Listing {
  /** w: channels of a group in the first stage. */
  readonly width: number;
  /** s: groups. */
  readonly splits: number;
}

const OWN: Published = { ...UNPUBLISHED, follows: "arXiv 2010.07621, names of this library" };

/** The paper does not say which w and s its model of 81.28 % has; these are as large as ResNet-50. */
const ROWS: readonly HsRow[] = [
  {
    ...OWN,
    id: "hs_resnet50_own_w16s4",
    title: "HS-ResNet-50 16w 4s",
    width: 16,
    splits: 4,
    parameters: 20602344,
    macs: 3249238016,
  },
  {
    ...OWN,
    id: "hs_resnet50_own_w8s8",
    title: "HS-ResNet-50 8w 8s",
    width: 8,
    splits: 8,
    parameters: 20105811,
    macs: 3159789986,
  },
];

const NAMES = (i: number) => [`c${i}.0`, `c${i}.1`] as const;

/** Convolutions without bias; the first block of a stage keeps its 3x3. */
function own({ id, width, splits }: HsRow, options: NetworkOptions): Graph {
  return residualNetwork(
    id,
    {
      depths: DEPTHS,
      stem: (scope, image) => stem7x7(scope, image, { names: ["stem.0", "stem.1"] }),
      block: (scope, x, { index, planes, stride }) => {
        const channels = (planes * width * splits) / 64;
        const spatial = { outChannels: channels, kernel: 3, stride, activation: RELU };
        const hierarchy = { splits, bias: false, names: (i: number) => `convs.${i - 1}` };
        return residualBottleneck(scope, x, {
          width: channels,
          outChannels: 4 * planes,
          stride,
          names: NAMES,
          shortcutName: "sc",
          filter: (reduced) =>
            index === 0
              ? convBnAct(scope.at("c2"), reduced, spatial)
              : hsBlock(scope.at("c2"), reduced, hierarchy),
        });
      },
      names: (_stage, _index, count) => `body.${count}`,
      dilates: false,
    },
    options,
  );
}

/** Yuan et al., arXiv 2010.07621. [N, 3, H, W] -> logits [N, classes] */
export const HS_RESNETS: readonly NetworkEntry[] = [
  {
    id: "hs_resnet50_bobo_s8",
    title: "HS-ResNet-50 8s (bobo0810)",
    paper: HS_RESNET,
    follows: "bobo0810/HS-ResNet hs_resnet.py",
    ...UNPUBLISHED,
    parameters: 20110030,
    macs: 3159789986,
    build: (options = {}) => bobo("hs_resnet50_bobo_s8", options),
  },
  ...ROWS.map((row) => listNetwork(row, HS_RESNET, (options = {}) => own(row, options))),
];
