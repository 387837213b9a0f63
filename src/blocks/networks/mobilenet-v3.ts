/** MobileNetV3-Large and -Small. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { HARD_SWISH, RELU } from "../activations.ts";
import { activate, convAct, convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import { makeDivisible } from "../make-divisible.ts";
import { TORCHVISION_BLOCK } from "../mobile-names.ts";
import { mobileNetV3Bottleneck } from "../mobilenet-v3-bottleneck.ts";
import type { Scope } from "../scope.ts";
import { timm, torchvision } from "./entry.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { afterLast, column, stem } from "./mobile.ts";
import { TIMM_STAGES, TORCHVISION_FLAT } from "./names.ts";
import type { NetworkNames } from "./names.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions, NetworkTraits } from "./options.ts";
import { placeBlocks } from "./stages.ts";
import type { Placed, StageRow } from "./stages.ts";

interface Row extends StageRow {
  /** Of the depthwise convolution. */
  readonly kernel: number;
  /** "exp size" */
  readonly expanded: number;
  readonly se: boolean;
  readonly activation: UnaryAttributes;
}

/** Table 1 of arXiv 1905.02244. */
const LARGE: readonly Row[] = [
  { kernel: 3, expanded: 16, outChannels: 16, se: false, activation: RELU, stride: 1 },
  { kernel: 3, expanded: 64, outChannels: 24, se: false, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 72, outChannels: 24, se: false, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 72, outChannels: 40, se: true, activation: RELU, stride: 2 },
  { kernel: 5, expanded: 120, outChannels: 40, se: true, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 120, outChannels: 40, se: true, activation: RELU, stride: 1 },
  { kernel: 3, expanded: 240, outChannels: 80, se: false, activation: HARD_SWISH, stride: 2 },
  { kernel: 3, expanded: 200, outChannels: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 184, outChannels: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 184, outChannels: 80, se: false, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 480, outChannels: 112, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 3, expanded: 672, outChannels: 112, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 672, outChannels: 160, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 960, outChannels: 160, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 960, outChannels: 160, se: true, activation: HARD_SWISH, stride: 1 },
];

/** Table 2 of arXiv 1905.02244. */
const SMALL: readonly Row[] = [
  { kernel: 3, expanded: 16, outChannels: 16, se: true, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 72, outChannels: 24, se: false, activation: RELU, stride: 2 },
  { kernel: 3, expanded: 88, outChannels: 24, se: false, activation: RELU, stride: 1 },
  { kernel: 5, expanded: 96, outChannels: 40, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 240, outChannels: 40, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 240, outChannels: 40, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 120, outChannels: 48, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 144, outChannels: 48, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 288, outChannels: 96, se: true, activation: HARD_SWISH, stride: 2 },
  { kernel: 5, expanded: 576, outChannels: 96, se: true, activation: HARD_SWISH, stride: 1 },
  { kernel: 5, expanded: 576, outChannels: 96, se: true, activation: HARD_SWISH, stride: 1 },
];

/** Of TensorFlow's and torchvision's batch norms. */
const EPSILON = 1e-3;

interface Variant {
  readonly id: string;
  readonly rows: readonly Row[];
  /** Channels between the two fully connected layers. */
  readonly embedding: number;
}

/** "exp size" of a block, from its row and the channels that it is given. */
type Expansion = (row: Row, index: number, inChannels: number) => number;

function bottlenecks(
  scope: Scope,
  x: Value,
  blocks: readonly Placed<Row>[],
  { names, width, expansion }: { names: NetworkNames; width: number; expansion: Expansion },
): Value {
  let index = 0;
  return column(scope, x, blocks, names, (at, y, { row, stride, dilation }) =>
    mobileNetV3Bottleneck(at, y, {
      kernel: row.kernel,
      expandedChannels: expansion(row, index++, y.shape[1]),
      outChannels: makeDivisible(row.outChannels * width),
      squeezeExcite: row.se,
      activation: row.activation,
      stride,
      dilation,
      names: names.layers,
    }),
  );
}

/** torchvision scales every number of the table, and the embedding. */
function buildTorchvision({ id, rows, embedding }: Variant, options: NetworkOptions): Graph {
  const traits = { epsilon: EPSILON, outputStrides: [32, 16] };
  const { scope, image, classes, width, ...rest } = beginNetwork(id, options, traits);
  const scaled = (channels: number) => makeDivisible(channels * width);
  const names = { ...TORCHVISION_FLAT, layers: TORCHVISION_BLOCK };
  const begun = stem(scope, image, {
    names: names.stem,
    outChannels: scaled(16),
    activation: HARD_SWISH,
  });
  const blocks = placeBlocks(rows, { ...rest, dilateFirst: true });
  const expansion: Expansion = (row) => scaled(row.expanded);
  const features = bottlenecks(scope, begun, blocks, { names, width, expansion });
  const expanded = convBnAct(scope, features, {
    names: names.head(afterLast(blocks)),
    outChannels: 6 * features.shape[1],
    activation: HARD_SWISH,
  });
  const pooled = flatten(scope, globalAveragePool(scope, expanded));
  // classifier.1 is the activation and classifier.2 dropout.
  const hidden = scope.at("classifier.0");
  const embedded = activate(hidden, linear(hidden, pooled, scaled(embedding)), HARD_SWISH);
  return rest.finish(linear(scope.at("classifier.3"), embedded, classes));
}

/**
 * timm expands by the table's ratios, keeps a narrow network's stem and every network's embedding,
 * and has a convolution in the place of the first fully connected layer.
 */
function buildTimm(
  { id, rows, embedding }: Variant,
  options: NetworkOptions,
  padding: Pick<NetworkTraits, "epsilon" | "samePadding"> = {},
): Graph {
  const traits = { ...padding, outputStrides: [32, 16, 8] };
  const { scope, image, classes, width, ...rest } = beginNetwork(id, options, traits);
  const scaled = (channels: number) => makeDivisible(channels * width);
  const names = TIMM_STAGES;
  const begun = stem(scope, image, {
    names: names.stem,
    outChannels: width < 0.75 ? 16 : scaled(16),
    activation: HARD_SWISH,
  });
  const blocks = placeBlocks(rows, rest);
  const expansion: Expansion = ({ expanded }, index, inChannels) => {
    const ratio = expanded / (rows[index - 1]?.outChannels ?? 16);
    return makeDivisible(inChannels * ratio);
  };
  const features = bottlenecks(scope, begun, blocks, { names, width, expansion });
  const expanded = convBnAct(scope.at(names.block(afterLast(blocks))), features, {
    names: ["conv", "bn1"],
    outChannels: scaled(6 * rows[rows.length - 1].outChannels),
    activation: HARD_SWISH,
  });
  const embedded = convAct(scope.at("conv_head"), globalAveragePool(scope, expanded), {
    outChannels: embedding,
    activation: HARD_SWISH,
  });
  return rest.finish(linear(scope.at(names.classifier), flatten(scope, embedded), classes));
}

const MOBILENET_V3: Paper = {
  authors: "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam",
  title: "Searching for MobileNetV3",
  arXiv: "1905.02244",
};

const variant = (id: string, size: "small" | "large"): Variant =>
  size === "small" ? { id, rows: SMALL, embedding: 1024 } : { id, rows: LARGE, embedding: 1280 };

const small = {
  title: "MobileNetV3-Small",
  paper: MOBILENET_V3,
  parameters: 2542856,
  macs: 56510400,
} as const;
const large = {
  title: "MobileNetV3-Large",
  paper: MOBILENET_V3,
  parameters: 5483032,
  macs: 216589760,
} as const;
const TENSORFLOW = { epsilon: EPSILON, samePadding: true } as const;

/** [N, 3, H, W] -> logits [N, classes] */
export const MOBILENETS_V3: readonly NetworkEntry[] = [
  {
    ...small,
    id: "mobilenet_v3_small",
    aliases: ["tv_mobilenet_v3_small"],
    ...torchvision("mobilenetv3.py", "mobilenet_v3_small-047dcff4.pth"),
    build: (options = {}) => buildTorchvision(variant("mobilenet_v3_small", "small"), options),
  },
  {
    ...large,
    id: "mobilenet_v3_large",
    aliases: ["tv_mobilenet_v3_large"],
    ...torchvision("mobilenetv3.py", "mobilenet_v3_large-8738ca79.pth"),
    build: (options = {}) => buildTorchvision(variant("mobilenet_v3_large", "large"), options),
  },
  {
    ...small,
    id: "mobilenetv3_small_100",
    title: "MobileNetV3-Small (timm)",
    aliases: ["timm_mobilenetv3_small_100"],
    ...timm("mobilenetv3.py", "mobilenetv3_small_100.lamb_in1k"),
    build: (options = {}) => buildTimm(variant("mobilenetv3_small_100", "small"), options),
  },
  {
    ...large,
    id: "mobilenetv3_large_100",
    title: "MobileNetV3-Large (timm)",
    aliases: ["timm_mobilenetv3_large_100"],
    ...timm("mobilenetv3.py", "mobilenetv3_large_100.ra_in1k"),
    build: (options = {}) => buildTimm(variant("mobilenetv3_large_100", "large"), options),
  },
  {
    ...small,
    id: "tf_mobilenetv3_small_100",
    title: "MobileNetV3-Small (TensorFlow)",
    aliases: ["timm_tf_mobilenetv3_small_100"],
    ...timm("mobilenetv3.py", "tf_mobilenetv3_small_100.in1k"),
    preprocess: "tf",
    build: (options = {}) =>
      buildTimm(variant("tf_mobilenetv3_small_100", "small"), options, TENSORFLOW),
  },
  {
    ...large,
    id: "tf_mobilenetv3_large_100",
    title: "MobileNetV3-Large (TensorFlow)",
    aliases: ["timm_tf_mobilenetv3_large_100"],
    ...timm("mobilenetv3.py", "tf_mobilenetv3_large_100.in1k"),
    preprocess: "tf",
    build: (options = {}) =>
      buildTimm(variant("tf_mobilenetv3_large_100", "large"), options, TENSORFLOW),
  },
];
