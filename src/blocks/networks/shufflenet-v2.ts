/** ShuffleNetV2, as torchvision and as the authors' company wrote it. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { convBnAct, flatten, globalAveragePool, linear } from "../layers.ts";
import type { Scope } from "../scope.ts";
import { shuffleV2Unit, shuffleV2UnitMegvii } from "../shuffle-v2-unit.ts";
import { torchvision } from "./entry.ts";
import type { NetworkEntry, Paper, Published } from "./entry.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

/** Table 5 of arXiv 1807.11164: channels of stages 2 to 4 and of the last convolution, by width. */
const CHANNELS = {
  0.5: { stages: [48, 96, 192], last: 1024 },
  1: { stages: [116, 232, 464], last: 1024 },
  1.5: { stages: [176, 352, 704], last: 1024 },
  2: { stages: [244, 488, 976], last: 2048 },
} as const;

type Width = keyof typeof CHANNELS;

/** Units of stages 2 to 4; the first of each has stride 2. */
const REPEATS = [4, 8, 4] as const;

interface Library {
  readonly unit: typeof shuffleV2Unit;
  readonly first: string;
  /** Path of a unit: its stage from 0 on, its place there, and how many came before it. */
  readonly path: (stage: number, index: number, count: number) => string;
  readonly last: string;
  readonly classifier: string;
  readonly hasBias: boolean;
}

const TORCHVISION: Library = {
  unit: shuffleV2Unit,
  first: "conv1",
  path: (stage, index) => `stage${stage + 2}.${index}`,
  last: "conv5",
  classifier: "fc",
  hasBias: true,
};

const MEGVII: Library = {
  unit: shuffleV2UnitMegvii,
  first: "first_conv",
  path: (_stage, _index, count) => `features.${count}`,
  last: "conv_last",
  classifier: "classifier.0",
  hasBias: false,
};

function stages(scope: Scope, x: Value, channels: readonly number[], library: Library): Value {
  let y = x;
  let count = 0;
  REPEATS.forEach((repeats, stage) => {
    for (let index = 0; index < repeats; index++) {
      const at = scope.at(library.path(stage, index, count++));
      y = library.unit(at, y, { outChannels: channels[stage], stride: index === 0 ? 2 : 1 });
    }
  });
  return y;
}

/** [N, 3, H, W] -> logits [N, classes] */
function build(id: string, defaultWidth: number, library: Library, options: NetworkOptions): Graph {
  const traits = { width: defaultWidth, widths: [0.5, 1, 1.5, 2] };
  const { scope, image, classes, width, finish } = beginNetwork(id, options, traits);
  const channels = CHANNELS[width as Width];
  const begun = convBnAct(scope.at(library.first), image, {
    outChannels: 24,
    kernel: 3,
    stride: 2,
    activation: RELU,
  });
  const window = { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] } as const;
  const pooled = scope.builder.maxPool2d(begun, window, scope.name("maxpool"));
  const features = stages(scope, pooled, channels.stages, library);
  const last = convBnAct(scope.at(library.last), features, {
    outChannels: channels.last,
    activation: RELU,
  });
  const flat = flatten(scope, globalAveragePool(scope, last));
  return finish(linear(scope.at(library.classifier), flat, classes, library.hasBias));
}

const SHUFFLENET_V2: Paper = {
  authors: "Ma, Zhang, Zheng, Sun",
  title: "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design",
  arXiv: "1807.11164",
};

interface Row {
  readonly id: string;
  readonly aliases?: readonly string[];
  readonly width: Width;
  readonly parameters: number;
  readonly macs: number;
}

function entry(library: Library, published: Published, row: Row): NetworkEntry {
  const { width, ...rest } = row;
  return {
    ...published,
    ...rest,
    title: `ShuffleNetV2 ${width.toFixed(1)}x${library === MEGVII ? " (megvii)" : ""}`,
    paper: SHUFFLENET_V2,
    build: (options = {}) => build(row.id, width, library, options),
  };
}

const ofTorchvision = (width: Width, hash: string, parameters: number, macs: number) => {
  const id = `shufflenet_v2_x${width.toFixed(1).replace(".", "_")}`;
  const weights = `shufflenetv2_${id.slice(-4)}-${hash}.pth`;
  return entry(TORCHVISION, torchvision("shufflenetv2.py", weights), {
    id,
    aliases: [`tv_${id}`],
    width,
    parameters,
    macs,
  });
};

const ofMegvii = (width: Width, parameters: number, macs: number) =>
  entry(
    MEGVII,
    {
      follows: "megvii-model/ShuffleNet-Series ShuffleNetV2/network.py",
      inputSize: [224, 224],
      preprocess: "raw",
      weightsFrom: "the OneDrive folder named in github.com/megvii-model/ShuffleNet-Series",
    },
    { id: `shufflenetv2_${width.toFixed(1)}x_megvii`, width, parameters, macs },
  );

export const SHUFFLENETS_V2: readonly NetworkEntry[] = [
  ofTorchvision(0.5, "f707e7126e", 1366792, 40476448),
  ofTorchvision(1, "5666bf0f80", 2278604, 144907992),
  ofTorchvision(1.5, "3c479a10", 3503624, 295759392),
  ofTorchvision(2, "8be3c8ee", 7393996, 583253464),
  ofMegvii(0.5, 1365792, 40476448),
  ofMegvii(1, 2278760, 145814296),
  ofMegvii(1.5, 3506720, 298970656),
  ofMegvii(2, 7402600, 590783000),
];
