/** ShuffleNetV2's unit: half of the channels pass, the other half is filtered, and they mix. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { channelShuffle } from "./channel-shuffle.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { splitChannels } from "./split.ts";

export interface ShuffleV2UnitOptions {
  /** Of the unit. */
  readonly outChannels: number;
  /** 1 keeps the size and the channels, 2 halves the size. */
  readonly stride: number;
}

/** Depthwise 3x3, linear; 1x1, ReLU. [N, C, H, W] -> [N, O, H/2, W/2] */
function projection(scope: Scope, x: Value, outChannels: number): Value {
  const channels = x.shape[1];
  const filtered = convBnAct(scope, x, {
    names: [0, 1],
    outChannels: channels,
    kernel: 3,
    stride: 2,
    groups: channels,
    activation: null,
  });
  return convBnAct(scope, filtered, { names: [2, 3], outChannels, activation: RELU });
}

interface MainOptions {
  readonly middle: number;
  readonly outChannels: number;
  readonly stride: number;
}

/** 1x1, ReLU; depthwise 3x3, linear; 1x1, ReLU. [N, C, H, W] -> [N, O, H/s, W/s] */
function mainBranch(scope: Scope, x: Value, { middle, outChannels, stride }: MainOptions): Value {
  const mixed = convBnAct(scope, x, { names: [0, 1], outChannels: middle, activation: RELU });
  const filtered = convBnAct(scope, mixed, {
    names: [3, 4],
    outChannels: middle,
    kernel: 3,
    stride,
    groups: middle,
    activation: null,
  });
  return convBnAct(scope, filtered, { names: [5, 6], outChannels, activation: RELU });
}

/**
 * Ma, Zhang, Zheng, Sun: ShuffleNet V2, arXiv 1807.11164, section 3.2, figures 3c and 3d. Names
 * follow torchvision (`shufflenetv2.py`, InvertedResidual), which shuffles on leaving.
 *
 *     stride 1: x [N, O, H, W] -> halves a, b -> shuffle(concat(a, main(b)))
 *     stride 2: x [N, C, H, W] -> shuffle(concat(projection(x), main(x))) [N, O, H/2, W/2]
 */
export function shuffleV2Unit(
  scope: Scope,
  x: Value,
  { outChannels, stride }: ShuffleV2UnitOptions,
): Value {
  const half = outChannels / 2;
  const [passed, filtered] = stride === 1 ? splitChannels(scope, x, [half, half]) : [x, x];
  const kept = stride === 1 ? passed : projection(scope.at("branch1"), passed, half);
  const main = mainBranch(scope.at("branch2"), filtered, {
    middle: half,
    outChannels: half,
    stride,
  });
  const joined = scope.builder.concat([kept, main], 1, scope.name("concat"));
  return channelShuffle(scope, joined, 2);
}

/** Every second channel. [N, C, H, W] -> [N, C/2, H, W] */
function everySecond(scope: Scope, x: Value, first: number): Value {
  const attributes = { axes: [1], starts: [first], sizes: [x.shape[1] / 2], steps: [2] };
  return scope.builder.op("slice", [x], attributes, scope.name(`channels${first}`));
}

/**
 * As above, in the order of megvii-model/ShuffleNet-Series (`ShuffleNetV2/blocks.py`,
 * ShuffleV2Block), the authors' weights: it shuffles on entering, and the projection keeps the
 * number of channels. After the last unit of a stage nothing is shuffled.
 *
 *     stride 1: x [N, O, H, W] -> concat(even channels, main(odd channels))
 *     stride 2: x [N, C, H, W] -> concat(projection(x) [N, C, ...], main(x) [N, O - C, ...])
 */
export function shuffleV2UnitMegvii(
  scope: Scope,
  x: Value,
  { outChannels, stride }: ShuffleV2UnitOptions,
): Value {
  const inChannels = x.shape[1];
  const main = mainBranch(scope.at("branch_main"), stride === 1 ? everySecond(scope, x, 1) : x, {
    middle: outChannels / 2,
    outChannels: stride === 1 ? outChannels / 2 : outChannels - inChannels,
    stride,
  });
  const kept =
    stride === 1 ? everySecond(scope, x, 0) : projection(scope.at("branch_proj"), x, inChannels);
  return scope.builder.concat([kept, main], 1, scope.name("concat"));
}
