/** ShuffleNetV1, as the authors' company and as jaxony wrote it. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { convAct, convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { JAXONY, MEGVII_V1, shuffleUnit } from "../shuffle-unit.ts";
import type { ShuffleCode } from "../shuffle-unit.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

/** Table 1 of arXiv 1707.01083: channels of stages 2 to 4 by g, the number of groups. */
const STAGES: Readonly<Record<number, readonly number[]>> = {
  1: [144, 288, 576],
  2: [200, 400, 800],
  3: [240, 480, 960],
  4: [272, 544, 1088],
  8: [384, 768, 1536],
};

/** Units of stages 2 to 4; the first of each has stride 2. */
const REPEATS = [4, 8, 4] as const;

interface Units {
  readonly channels: readonly number[];
  readonly groups: number;
  readonly code: ShuffleCode;
  /** Path of a unit: its stage from 0 on, its place there, and how many came before it. */
  readonly path: (stage: number, index: number, count: number) => string;
}

/** Max pool and the three stages. [N, C, H, W] -> [N, last of channels, H/16, W/16] */
function stages(scope: Scope, x: Value, { channels, groups, code, path }: Units): Value {
  const window = { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] } as const;
  let y = scope.builder.maxPool2d(x, window, scope.name("maxpool"));
  let count = 0;
  REPEATS.forEach((repeats, stage) => {
    for (let index = 0; index < repeats; index++) {
      y = shuffleUnit(scope.at(path(stage, index, count)), y, {
        outChannels: channels[stage],
        groups,
        firstGroups: count === 0 ? 1 : groups,
        stride: index === 0 ? 2 : 1,
        code,
      });
      count++;
    }
  });
  return y;
}

/** Channels of the stem by width; the table in the authors' code follows no formula. */
function megviiStem(groups: number, width: number): number {
  if (width < 1) return groups === 8 ? 16 : 12;
  return width < 2 ? 24 : 48;
}

const WIDTHS = [0.5, 1, 1.5, 2];

/** Names and order of megvii-model/ShuffleNet-Series. [N, 3, H, W] -> logits [N, classes] */
function buildMegvii(
  id: string,
  groups: number,
  defaultWidth: number,
  options: NetworkOptions,
): Graph {
  const traits = { width: defaultWidth, widths: WIDTHS };
  const { scope, image, classes, width, finish } = beginNetwork(id, options, traits);
  const begun = convBnAct(scope.at("first_conv"), image, {
    outChannels: megviiStem(groups, width),
    kernel: 3,
    stride: 2,
    activation: RELU,
  });
  const features = stages(scope, begun, {
    channels: STAGES[groups].map((channels) => channels * width),
    groups,
    code: MEGVII_V1,
    path: (_stage, _index, count) => `features.${count}`,
  });
  const pooled = flatten(scope, globalAveragePool(scope, features));
  return finish(linear(scope.at("classifier.0"), pooled, classes, false));
}

/**
 * Names and order of jaxony/ShuffleNet, which has the paper's channels but for one: 567 in the place
 * of 576 for one group. Nothing follows the first convolution. [N, 3, H, W] -> log-probabilities
 */
function buildJaxony(id: string, groups: number, options: NetworkOptions): Graph {
  const traits = { width: null };
  const { scope, image, classes, finish } = beginNetwork(id, options, traits);
  const begun = convAct(scope.at("conv1"), image, {
    outChannels: 24,
    kernel: 3,
    stride: 2,
    activation: null,
  });
  const features = stages(scope, begun, {
    channels: groups === 1 ? [144, 288, 567] : STAGES[groups],
    groups,
    code: JAXONY,
    path: (stage, index) => `stage${stage + 2}.ShuffleUnit_Stage${stage + 2}_${index}`,
  });
  const pooled = flatten(scope, globalAveragePool(scope, features));
  const logits = linear(scope.at("fc"), pooled, classes);
  return finish(scope.builder.op("softmax", [logits], { axis: 1, log: true }, "log_softmax"));
}

const SHUFFLENET: Paper = {
  authors: "Zhang, Zhou, Lin, Sun",
  title: "ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices",
  arXiv: "1707.01083",
};

const megvii = (groups: number, width: string, parameters: number, macs: number): NetworkEntry => {
  const id = `shufflenetv1_${width}x_g${groups}_megvii`;
  return {
    id,
    title: `ShuffleNetV1 ${width}x, g = ${groups}`,
    paper: SHUFFLENET,
    follows: "megvii-model/ShuffleNet-Series ShuffleNetV1/network.py",
    inputSize: [224, 224],
    preprocess: "raw",
    parameters,
    macs,
    weightsFrom: "the OneDrive folder named in github.com/megvii-model/ShuffleNet-Series",
    build: (options = {}) => buildMegvii(id, groups, Number(width), options),
  };
};

const jaxony = (groups: number, parameters: number, macs: number): NetworkEntry => {
  const id = `shufflenetv1_1.0x_g${groups}_jaxony`;
  return {
    id,
    title: `ShuffleNetV1 1.0x, g = ${groups} (jaxony)`,
    paper: SHUFFLENET,
    follows: "jaxony/ShuffleNet model.py",
    inputSize: [224, 224],
    preprocess: "imagenet",
    parameters,
    macs,
    weightsFrom:
      groups === 3 ? "the drive named in github.com/jaxony/ShuffleNet" : "none published",
    build: (options = {}) => buildJaxony(id, groups, options),
  };
};

export const SHUFFLENETS_V1: readonly NetworkEntry[] = [
  megvii(3, "0.5", 717324, 37589856),
  megvii(3, "1.0", 1864728, 137460672),
  megvii(3, "1.5", 3441168, 292443552),
  megvii(3, "2.0", 5449776, 524045184),
  megvii(8, "0.5", 1010448, 40469760),
  megvii(8, "1.0", 2433768, 138365952),
  megvii(8, "1.5", 4268952, 290188800),
  megvii(8, "2.0", 6521232, 521942016),
  jaxony(1, 1508965, 141909705),
  jaxony(2, 1744000, 140836512),
  jaxony(3, 1877920, 137460672),
  jaxony(4, 1982168, 134339776),
  jaxony(8, 2454304, 138365952),
];
