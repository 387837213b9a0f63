/** SE-BN-Inception: BN-Inception with squeeze-and-excitation in every module. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { seBnInception } from "../se-bn-inception.ts";
import type { BnInceptionOptions } from "../se-bn-inception.ts";
import type { NetworkEntry } from "./entry.ts";
import { CAFFE_WEIGHTS } from "./googlenet.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { stemPool } from "./residual.ts";
import { SENET } from "./senet.ts";

/** A row of the prototxt; without the first number the module has stride 2. */
function row(
  name: string,
  numbers: readonly [number | undefined, number, number, number, number],
  pool: "average" | "max",
  poolProjection?: number,
): BnInceptionOptions {
  const [pointwise, reduce3, spatial3, reduceDouble, double] = numbers;
  const paths = { pointwise, reduce3, spatial3, reduceDouble, double };
  return { name: `inception_${name}`, ...paths, pool, poolProjection };
}

/** #1x1, #3x3 reduce, #3x3, double 3x3 reduce, double 3x3; pool and its projection. */
const ROWS: readonly BnInceptionOptions[] = [
  row("3a", [64, 64, 64, 64, 96], "average", 32),
  row("3b", [64, 64, 96, 64, 96], "average", 64),
  row("3c", [undefined, 128, 160, 64, 96], "max"),
  row("4a", [224, 64, 96, 96, 128], "average", 128),
  row("4b", [192, 96, 128, 96, 128], "average", 128),
  row("4c", [160, 128, 160, 128, 160], "average", 128),
  row("4d", [96, 128, 192, 160, 192], "average", 128),
  row("4e", [undefined, 128, 192, 192, 256], "max"),
  row("5a", [352, 192, 320, 160, 224], "average", 128),
  row("5b", [352, 192, 320, 192, 224], "max", 128),
];

/**
 * Hu et al., arXiv 1709.01507, figure 2, layers and names of the authors' `SE-BN-Inception.prototxt`;
 * its last layer, a softmax, is left to the caller. [N, 3, H, W] -> logits [N, classes]
 */
export function seBnInceptionNetwork(options: NetworkOptions = {}): Graph {
  const { scope, image, classes, finish } = beginNetwork("se_bn_inception", options, {
    width: null,
  });
  const layer = (name: string, x: Value, outChannels: number, kernel: number, stride = 1) =>
    convBnAct(scope, x, {
      names: [name, `${name}/bn`],
      outChannels,
      kernel,
      stride,
      activation: RELU,
    });
  const first = stemPool(scope.at("pool1"), layer("conv1/7x7_s2", image, 64, 7, 2), true);
  const reduced = layer("conv2/3x3_reduce", first, 64, 1);
  const second = stemPool(scope.at("pool2"), layer("conv2/3x3", reduced, 192, 3), true);
  const features = ROWS.reduce((x, module) => seBnInception(scope, x, module), second);
  const pooled = flatten(scope, globalAveragePool(scope, features));
  return finish(linear(scope.at("classifier"), pooled, classes));
}

export const SE_BN_INCEPTIONS: readonly NetworkEntry[] = [
  {
    id: "se_bn_inception",
    aliases: ["caffe_SE-BN-Inception"],
    title: "SE-BN-Inception",
    paper: SENET,
    follows: "hujie-frank/SENet SE-BN-Inception.prototxt",
    inputSize: [224, 224],
    preprocess: "caffe",
    parameters: 11931622,
    macs: 2033239424,
    weightsFrom: `https://github.com/hujie-frank/SENet (Caffe), ${CAFFE_WEIGHTS}`,
    build: seBnInceptionNetwork,
  },
];
