/** The skeleton of all ResNets: a stem, four stages of blocks, the mean, one fully connected layer. */
import type { Pair } from "../../graph/attributes.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { activate, batchNorm, convBnAct, convolve } from "../layers.ts";
import { flatten, globalAveragePool, linear } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions, NetworkTraits } from "./options.ts";

/** Where a block stands. */
export interface ResidualPlace {
  /** 0 to 3 */
  readonly stage: number;
  /** Within the stage; 0 projects its shortcut. */
  readonly index: number;
  /** The paper's channels of the 3x3 convolution: 64, 128, 256, 512. */
  readonly planes: number;
  readonly stride: number;
  readonly dilation: number;
  /** Of the first 3x3 convolution: that of the block before, where the stage is dilated. */
  readonly firstDilation: number;
}

export interface ResidualDefinition {
  /** Blocks of each stage. */
  readonly depths: readonly number[];
  /** [N, 3, H, W] -> [N, 64, H/4, W/4] */
  readonly stem: (scope: Scope, image: Value) => Value;
  readonly block: (scope: Scope, x: Value, place: ResidualPlace) => Value;
  /** Name of block `index` of a stage, `count` blocks into the network. */
  readonly names?: (stage: number, index: number, count: number) => string;
  /** Name of the fully connected layer; `fc` by default. */
  readonly classifier?: string;
  /** Pixels without options; 224 by default. */
  readonly inputSize?: Pair;
  /** Whether the last strides can become dilations; true by default. */
  readonly dilates?: boolean;
}

/** The blocks in order. A stride beyond `outputStride` becomes a dilation of the blocks after it. */
export function residualPlaces(depths: readonly number[], outputStride: number): ResidualPlace[] {
  let [reached, dilation] = [4, 1];
  return depths.flatMap((depth, stage) => {
    const wanted = stage === 0 ? 1 : 2;
    const fits = reached * wanted <= outputStride;
    const before = dilation;
    if (fits) reached *= wanted;
    else dilation *= wanted;
    return Array.from({ length: depth }, (_, index) => ({
      stage,
      index,
      planes: 64 * 2 ** stage,
      stride: index === 0 && fits ? wanted : 1,
      dilation,
      firstDilation: index === 0 ? before : dilation,
    }));
  });
}

/** Max pool over 3x3 of stride 2; Caffe pads nothing and rounds the size up. */
export function stemPool(scope: Scope, x: Value, caffe = false): Value {
  const border = caffe ? { ceilMode: true } : { padding: [1, 1, 1, 1] as const };
  return scope.builder.maxPool2d(
    x,
    { kernel: [3, 3], stride: [2, 2], ...border },
    scope.name("maxpool"),
  );
}

export interface StemOptions {
  /** Of convolution and batch norm; those of torchvision by default. */
  readonly names?: readonly [string, string];
  /** 64 by default. */
  readonly outChannels?: number;
  /** Caffe's pool. */
  readonly caffe?: boolean;
}

/** The paper's stem: a 7x7 convolution of stride 2 and a max pool. */
export function stem7x7(
  scope: Scope,
  image: Value,
  { names = ["conv1", "bn1"], outChannels = 64, caffe = false }: StemOptions = {},
): Value {
  const x = convBnAct(scope, image, {
    names,
    outChannels,
    kernel: 7,
    stride: 2,
    activation: RELU,
  });
  return stemPool(scope, x, caffe);
}

/**
 * ResNet-C's stem, three 3x3 convolutions (He et al.: Bag of Tricks, arXiv 1812.01187, figure 2b):
 * `width` channels twice, then twice as many. Names of timm and of ResNeSt's authors.
 */
export function deepStem(scope: Scope, image: Value, width = 32): Value {
  const layers = scope.at("conv1");
  const spatial = { outChannels: width, kernel: 3, activation: RELU };
  const first = convBnAct(layers, image, { names: [0, 1], stride: 2, ...spatial });
  const second = convBnAct(layers, first, { names: [3, 4], ...spatial });
  const third = convolve(layers.at(6), second, { outChannels: 2 * width, kernel: 3 }, false);
  const norm = scope.at("bn1");
  return stemPool(scope, activate(norm, batchNorm(norm, third), RELU));
}

/** [N, 3, H, W] -> logits [N, classes] */
export function residualNetwork(
  id: string,
  definition: ResidualDefinition,
  options: NetworkOptions,
): Graph {
  const { depths, stem, block, dilates = true } = definition;
  const {
    names = (stage: number, index: number) => `layer${stage + 1}.${index}`,
    classifier = "fc",
  } = definition;
  const traits: NetworkTraits = {
    width: null,
    inputSize: definition.inputSize,
    outputStrides: dilates ? [32, 16, 8] : [32],
  };
  const { scope, image, classes, outputStride, finish } = beginNetwork(id, options, traits);
  let x = stem(scope, image);
  residualPlaces(depths, outputStride).forEach((place, count) => {
    x = block(scope.at(names(place.stage, place.index, count)), x, place);
  });
  const pooled = flatten(scope, globalAveragePool(scope, x));
  return finish(linear(scope.at(classifier), pooled, classes));
}
