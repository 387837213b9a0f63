/** ResNet for 32x32 pixels, and ShiftResNet: the same column of blocks with shifts for 3x3 kernels. */
import type { Graph, Value } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { convBnAct } from "../layers.ts";
import { residualBasic } from "../residual-basic.ts";
import type { Scope } from "../scope.ts";
import { convShiftConv } from "../shift-conv.ts";
import type { NetworkEntry, Paper } from "./entry.ts";
import { poolAndClassify } from "./mobile.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

/** Section 4.2 of arXiv 1512.03385. */
const STAGES = [
  { outChannels: 16, stride: 1 },
  { outChannels: 32, stride: 2 },
  { outChannels: 64, stride: 2 },
] as const;

type Block = (
  scope: Scope,
  x: Value,
  options: { readonly outChannels: number; readonly stride: number },
) => Value;

interface Variant {
  readonly id: string;
  /** 6n + 2 layers: 20, 56 or 110. */
  readonly depth: number;
  readonly block: Block;
}

/** Names of alvinwan/shiftresnet-cifar. [N, 3, H, W] -> logits [N, classes] */
function build({ id, depth, block }: Variant, options: NetworkOptions): Graph {
  const repeats = (depth - 2) / 6;
  const traits = { inputSize: 32, classes: 10, width: null, outputStrides: [4] };
  const { scope, image, classes, finish } = beginNetwork(id, options, traits);
  let x = convBnAct(scope, image, {
    names: ["conv1", "bn1"],
    outChannels: 16,
    kernel: 3,
    activation: RELU,
  });
  STAGES.forEach(({ outChannels, stride }, stage) => {
    for (let i = 0; i < repeats; i++) {
      x = block(scope.at(`layer${stage + 1}.${i}`), x, { outChannels, stride: i ? 1 : stride });
    }
  });
  return finish(poolAndClassify(scope, x, "linear", classes));
}

const RESNET: Paper = {
  authors: "He, Zhang, Ren, Sun",
  title: "Deep Residual Learning for Image Recognition",
  arXiv: "1512.03385",
};

const SHIFT: Paper = {
  authors: "Wu, Wan, Yue, Jin, Zhao, Golmant, Gholaminejad, Gonzalez, Keutzer",
  title: "Shift: A Zero FLOP, Zero Parameter Alternative to Spatial Convolutions",
  arXiv: "1711.08141",
};

const common = {
  inputSize: [32, 32],
  classes: 10,
  preprocess: "unit",
  weightsFrom: "the drive named in github.com/alvinwan/shiftresnet-cifar",
} as const;

const basic: Block = (scope, x, options) =>
  residualBasic(scope, x, { ...options, shortcutName: "shortcut" });

function resNet(depth: number, parameters: number, macs: number): NetworkEntry {
  const id = `resnet${depth}_cifar10`;
  return {
    ...common,
    id,
    title: `ResNet-${depth}`,
    paper: RESNET,
    follows: "alvinwan/shiftresnet-cifar models/resnet.py",
    parameters,
    macs,
    build: (options = {}) => build({ id, depth, block: basic }, options),
  };
}

interface ShiftSizes {
  readonly depth: number;
  /** e: channels that are shifted over the channels of the block. */
  readonly expansion: number;
  readonly parameters: number;
  readonly macs: number;
}

function shiftResNet({ depth, expansion, parameters, macs }: ShiftSizes): NetworkEntry {
  const id = `shiftresnet${depth}_e${expansion}_c10`;
  const block: Block = (scope, x, options) => convShiftConv(scope, x, { ...options, expansion });
  return {
    ...common,
    id,
    title: `ShiftResNet-${depth}, e = ${expansion}`,
    paper: SHIFT,
    follows: "alvinwan/shiftresnet-cifar models/shiftresnet.py",
    parameters,
    macs,
    build: (options = {}) => build({ id, depth, block }, options),
  };
}

const SHIFT_SIZES: readonly ShiftSizes[] = [
  { depth: 20, expansion: 1, parameters: 34906, macs: 5948032 },
  { depth: 20, expansion: 3, parameters: 95642, macs: 16433792 },
  { depth: 20, expansion: 6, parameters: 186746, macs: 32162432 },
  { depth: 20, expansion: 9, parameters: 277850, macs: 47891072 },
  { depth: 56, expansion: 1, parameters: 102106, macs: 15385216 },
  { depth: 56, expansion: 3, parameters: 294554, macs: 44745344 },
  { depth: 56, expansion: 6, parameters: 583226, macs: 88785536 },
  { depth: 56, expansion: 9, parameters: 871898, macs: 132825728 },
  { depth: 110, expansion: 1, parameters: 202906, macs: 29540992 },
  { depth: 110, expansion: 3, parameters: 592922, macs: 87212672 },
  { depth: 110, expansion: 6, parameters: 1177946, macs: 173720192 },
  { depth: 110, expansion: 9, parameters: 1762970, macs: 260227712 },
];

export const CIFAR_RESNETS: readonly NetworkEntry[] = [
  resNet(20, 272474, 40813184),
  resNet(56, 855770, 125747840),
  resNet(110, 1730714, 253149824),
  ...SHIFT_SIZES.map(shiftResNet),
];
