/** MobileNetV2: a column of inverted residuals. */
import type { Graph } from "../../graph/graph.ts";
import { RELU6 } from "../activations.ts";
import { invertedResidual } from "../inverted-residual.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

/** Table 2 of arXiv 1801.04381: t, c, n and s, the stride of the first of n. */
const ROWS = [
  { expand: 1, outChannels: 16, repeats: 1, stride: 1 },
  { expand: 6, outChannels: 24, repeats: 2, stride: 2 },
  { expand: 6, outChannels: 32, repeats: 3, stride: 2 },
  { expand: 6, outChannels: 64, repeats: 4, stride: 2 },
  { expand: 6, outChannels: 96, repeats: 3, stride: 1 },
  { expand: 6, outChannels: 160, repeats: 3, stride: 2 },
  { expand: 6, outChannels: 320, repeats: 1, stride: 1 },
] as const;

/**
 * Sandler et al., arXiv 1801.04381, names of torchvision. [N, 3, H, W] -> logits [N, classes].
 * The last convolution does not shrink below 1280 channels when `width` is under 1.
 */
export function mobileNetV2(options: NetworkOptions = {}): Graph {
  const { scope, image, classes, width, finish } = beginNetwork("mobilenet_v2", options);
  const features = scope.at("features");
  let index = 0;
  let x = convBnAct(features.at(index++), image, {
    outChannels: makeDivisible(32 * width),
    kernel: 3,
    stride: 2,
    activation: RELU6,
  });
  for (const { expand, outChannels, repeats, stride } of ROWS) {
    for (let i = 0; i < repeats; i++) {
      x = invertedResidual(features.at(index++), x, {
        expand,
        outChannels: makeDivisible(outChannels * width),
        stride: i === 0 ? stride : 1,
      });
    }
  }
  x = convBnAct(features.at(index), x, {
    outChannels: makeDivisible(1280 * Math.max(1, width)),
    activation: RELU6,
  });
  // Dropout is classifier.0.
  const pooled = flatten(scope, globalAveragePool(scope, x));
  return finish(linear(scope.at("classifier.1"), pooled, classes));
}

const MOBILENET_V2: Paper = {
  authors: "Sandler, Howard, Zhu, Zhmoginov, Chen",
  title: "MobileNetV2: Inverted Residuals and Linear Bottlenecks",
  arXiv: "1801.04381",
};

export const MOBILENETS_V2: readonly NetworkEntry[] = [
  {
    id: "mobilenet_v2",
    aliases: ["tv_mobilenet_v2"],
    title: "MobileNetV2",
    paper: MOBILENET_V2,
    ...torchvision("mobilenetv2.py", "mobilenet_v2-b0353104.pth"),
    parameters: 3504872,
    macs: 300774272,
    build: mobileNetV2,
  },
];
