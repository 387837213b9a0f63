/** ResNet, ResNet-D, wide ResNet and ResNeXt. */
import type { Graph } from "../../graph/graph.ts";
import { residualBasic } from "../residual-basic.ts";
import { residualBottleneck } from "../residual-bottleneck.ts";
import { listNetwork, timm, torchvision } from "./entry.ts";
import type { Listing, NetworkEntry, Paper } from "./entry.ts";
import type { NetworkOptions } from "./options.ts";
import { deepStem, residualNetwork, stem7x7 } from "./residual.ts";

interface ResNetRow extends Listing {
  /** Blocks of each stage: table 1 of arXiv 1512.03385. */
  readonly depths: readonly number[];
  readonly block: "basic" | "bottleneck";
  /** ResNeXt's cardinality; 1 by default. */
  readonly groups?: number;
  /** Channels of a group where the paper's 3x3 has 64; 64 by default. */
  readonly baseWidth?: number;
  /** ResNet-D: a deep stem, and pools in the shortcuts. */
  readonly variantD?: boolean;
  readonly paper: Paper;
}

const RESNET: Paper = {
  authors: "He, Zhang, Ren, Sun",
  title: "Deep Residual Learning for Image Recognition",
  arXiv: "1512.03385",
};

const BAG_OF_TRICKS: Paper = {
  authors: "He, Zhang, Zhang, Zhang, Xie, Li",
  title: "Bag of Tricks for Image Classification with Convolutional Neural Networks",
  arXiv: "1812.01187",
};

const RESNEXT: Paper = {
  authors: "Xie, Girshick, Dollár, Tu, He",
  title: "Aggregated Residual Transformations for Deep Neural Networks",
  arXiv: "1611.05431",
};

const WIDE_RESNET: Paper = {
  authors: "Zagoruyko, Komodakis",
  title: "Wide Residual Networks",
  arXiv: "1605.07146",
};

const DEPTHS_18 = [2, 2, 2, 2];
const DEPTHS_50 = [3, 4, 6, 3];
const DEPTHS_101 = [3, 4, 23, 3];

const ROWS: readonly ResNetRow[] = [
  {
    id: "resnet18",
    aliases: ["tv_resnet18"],
    title: "ResNet-18",
    depths: DEPTHS_18,
    block: "basic",
    paper: RESNET,
    ...torchvision("resnet.py", "resnet18-f37072fd.pth"),
    parameters: 11689512,
    macs: 1814073344,
  },
  {
    id: "resnet34",
    aliases: ["tv_resnet34"],
    title: "ResNet-34",
    depths: DEPTHS_50,
    block: "basic",
    paper: RESNET,
    ...torchvision("resnet.py", "resnet34-b627a593.pth"),
    parameters: 21797672,
    macs: 3663761408,
  },
  {
    id: "resnet50",
    aliases: ["tv_resnet50", "timm_resnet50"],
    title: "ResNet-50",
    depths: DEPTHS_50,
    block: "bottleneck",
    paper: RESNET,
    ...torchvision("resnet.py", "resnet50-0676ba61.pth"),
    parameters: 25557032,
    macs: 4089184256,
  },
  {
    id: "resnet101",
    aliases: ["tv_resnet101"],
    title: "ResNet-101",
    depths: DEPTHS_101,
    block: "bottleneck",
    paper: RESNET,
    ...torchvision("resnet.py", "resnet101-63fe2227.pth"),
    parameters: 44549160,
    macs: 7801405440,
  },
  {
    id: "resnet152",
    aliases: ["tv_resnet152"],
    title: "ResNet-152",
    depths: [3, 8, 36, 3],
    block: "bottleneck",
    paper: RESNET,
    ...torchvision("resnet.py", "resnet152-394f9c45.pth"),
    parameters: 60192808,
    macs: 11513626624,
  },
  {
    id: "resnet50d",
    aliases: ["timm_resnet50d"],
    title: "ResNet-50-D",
    depths: DEPTHS_50,
    block: "bottleneck",
    variantD: true,
    paper: BAG_OF_TRICKS,
    ...timm("resnet.py", "resnet50d.ra2_in1k"),
    parameters: 25576264,
    macs: 4328824832,
  },
  {
    id: "resnext50_32x4d",
    aliases: ["tv_resnext50_32x4d", "timm_resnext50_32x4d"],
    title: "ResNeXt-50 32x4d",
    depths: DEPTHS_50,
    block: "bottleneck",
    groups: 32,
    baseWidth: 4,
    paper: RESNEXT,
    ...torchvision("resnet.py", "resnext50_32x4d-7cdf4587.pth"),
    parameters: 25028904,
    macs: 4230479872,
  },
  {
    id: "resnext101_32x8d",
    aliases: ["tv_resnext101_32x8d"],
    title: "ResNeXt-101 32x8d",
    depths: DEPTHS_101,
    block: "bottleneck",
    groups: 32,
    baseWidth: 8,
    paper: RESNEXT,
    ...torchvision("resnet.py", "resnext101_32x8d-8ba56ff5.pth"),
    parameters: 88791336,
    macs: 16414015488,
  },
  {
    id: "wide_resnet50_2",
    aliases: ["tv_wide_resnet50_2"],
    title: "Wide ResNet-50-2",
    depths: DEPTHS_50,
    block: "bottleneck",
    baseWidth: 128,
    paper: WIDE_RESNET,
    ...torchvision("resnet.py", "wide_resnet50_2-95faca4d.pth"),
    parameters: 68883240,
    macs: 11398021120,
  },
];

function resNet(row: ResNetRow, options: NetworkOptions): Graph {
  const { id, depths, groups = 1, baseWidth = 64, variantD = false } = row;
  return residualNetwork(
    id,
    {
      depths,
      stem: (scope, image) => (variantD ? deepStem(scope, image) : stem7x7(scope, image)),
      block: (scope, x, { planes, stride, dilation, firstDilation }) =>
        row.block === "basic"
          ? residualBasic(scope, x, {
              outChannels: planes,
              stride,
              dilation,
              firstDilation,
              pooledShortcut: variantD,
            })
          : residualBottleneck(scope, x, {
              width: Math.floor((planes * baseWidth) / 64) * groups,
              outChannels: 4 * planes,
              stride,
              dilation,
              firstDilation,
              groups,
              pooledShortcut: variantD,
            }),
    },
    options,
  );
}

/** He et al., arXiv 1512.03385, and its descendants. [N, 3, H, W] -> logits [N, classes] */
export const RESNETS: readonly NetworkEntry[] = ROWS.map((row) =>
  listNetwork(row, row.paper, (options = {}) => resNet(row, options)),
);
