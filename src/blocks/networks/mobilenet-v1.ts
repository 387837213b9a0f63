/** MobileNetV1: a column of depthwise separable convolutions. */
import type { Graph } from "../../graph/graph.ts";
import { RELU6 } from "../activations.ts";
import { depthwiseSeparable } from "../depthwise-separable.ts";
import { makeDivisible } from "../make-divisible.ts";
import { timm } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { column, poolAndClassify, stem } from "./mobile.ts";
import { TIMM_STAGES } from "./names.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { placeBlocks } from "./stages.ts";

/** Table 1 of arXiv 1704.04861: pairs of a depthwise and a pointwise convolution. */
const ROWS = [
  { outChannels: 64, repeats: 1, stride: 1 },
  { outChannels: 128, repeats: 2, stride: 2 },
  { outChannels: 256, repeats: 2, stride: 2 },
  { outChannels: 512, repeats: 6, stride: 2 },
  { outChannels: 1024, repeats: 2, stride: 2 },
] as const;

/** Howard et al., arXiv 1704.04861, names of timm. [N, 3, H, W] -> logits [N, classes] */
export function mobileNetV1(options: NetworkOptions = {}): Graph {
  const { scope, image, classes, width, outputStride, finish } = beginNetwork(
    "mobilenetv1_100",
    options,
    { outputStrides: [32, 16, 8] },
  );
  const scaled = (channels: number) => makeDivisible(channels * width);
  const names = TIMM_STAGES;
  const x = stem(scope, image, { names: names.stem, outChannels: scaled(32), activation: RELU6 });
  const blocks = placeBlocks(ROWS, { outputStride });
  const features = column(scope, x, blocks, names, (at, y, { row, stride, dilation }) =>
    depthwiseSeparable(at, y, { outChannels: scaled(row.outChannels), stride, dilation }),
  );
  return finish(poolAndClassify(scope, features, names.classifier, classes));
}

const MOBILENET_V1: Paper = {
  authors: "Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam",
  title: "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications",
  arXiv: "1704.04861",
};

export const MOBILENETS_V1: readonly NetworkEntry[] = [
  {
    id: "mobilenetv1_100",
    aliases: ["timm_mobilenetv1_100", "mobilenet_v1"],
    title: "MobileNetV1",
    paper: MOBILENET_V1,
    ...timm("efficientnet.py", "mobilenetv1_100.ra4_e3600_r224_in1k"),
    preprocess: "tf",
    parameters: 4231976,
    macs: 568740352,
    build: mobileNetV1,
  },
];
