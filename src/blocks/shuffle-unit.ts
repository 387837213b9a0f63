/** ShuffleNetV1's unit: a residual block of grouped 1x1 convolutions with a shuffle between. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { channelShuffle } from "./channel-shuffle.ts";
import { activate, add, convBnAct } from "./layers.ts";
import type { Names } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";

/** What the two codes that are followed do differently. */
export interface ShuffleCode {
  readonly compress: Names;
  readonly depthwise: Names;
  readonly expand: Names;
  /** Convolutions have a bias beside the batch norm. */
  readonly bias: boolean;
  /** As in the paper; else after the depthwise convolution, and the other way round. */
  readonly shufflesFirst: boolean;
  /** Whether the pooled input goes through the last ReLU too; it has no negative numbers. */
  readonly activatesAll: boolean;
}

/** jaxony/ShuffleNet, `model.py`, ShuffleUnit: the paper's order. */
export const JAXONY: ShuffleCode = {
  compress: ["g_conv_1x1_compress.conv1x1", "g_conv_1x1_compress.batch_norm"],
  depthwise: ["depthwise_conv3x3", "bn_after_depthwise"],
  expand: ["g_conv_1x1_expand.conv1x1", "g_conv_1x1_expand.batch_norm"],
  bias: true,
  shufflesFirst: true,
  activatesAll: true,
};

/** megvii-model/ShuffleNet-Series, `ShuffleNetV1/blocks.py`, ShuffleV1Block: the authors' weights. */
export const MEGVII_V1: ShuffleCode = {
  compress: ["branch_main_1.0", "branch_main_1.1"],
  depthwise: ["branch_main_1.3", "branch_main_1.4"],
  expand: ["branch_main_2.0", "branch_main_2.1"],
  bias: false,
  shufflesFirst: false,
  activatesAll: false,
};

export interface ShuffleUnitOptions {
  /** Of the unit, with the pooled input where the stride is 2. */
  readonly outChannels: number;
  /** g */
  readonly groups: number;
  /** Of the first convolution: 1 in the network's first unit, whose input has few channels. */
  readonly firstGroups?: number;
  /** 1 or 2 */
  readonly stride: number;
  readonly code: ShuffleCode;
}

/** Mixes the groups. */
function shuffle(scope: Scope, x: Value, groups: number, code: ShuffleCode): Value {
  if (groups === 1) return x;
  return channelShuffle(scope, x, code.shufflesFirst ? groups : x.shape[1] / groups);
}

/**
 * Zhang, Zhou, Lin, Sun: ShuffleNet, arXiv 1707.01083, section 3.2, figures 2b and 2c.
 *
 *     x [N, C, H, W] -> 1x1 in groups, ReLU [N, O/4, H, W] -> shuffle
 *                    -> depthwise 3x3, linear [N, O/4, H/s, W/s]
 *                    -> 1x1 in groups [N, O or O - C, H/s, W/s]
 *       stride 1: + x -> ReLU, with O = C
 *       stride 2: concat(3x3 average pool of x, ReLU) [N, O, H/2, W/2]
 */
export function shuffleUnit(scope: Scope, x: Value, options: ShuffleUnitOptions): Value {
  const { outChannels, groups, firstGroups = groups, stride, code } = options;
  const { bias } = code;
  const inChannels = x.shape[1];
  const middle = Math.floor(outChannels / 4);
  const compressed = convBnAct(scope, x, {
    names: code.compress,
    outChannels: middle,
    groups: firstGroups,
    bias,
    activation: RELU,
  });
  const filtered = convBnAct(
    scope,
    code.shufflesFirst ? shuffle(scope, compressed, groups, code) : compressed,
    {
      names: code.depthwise,
      outChannels: middle,
      kernel: 3,
      stride,
      groups: middle,
      bias,
      activation: null,
    },
  );
  const expanded = convBnAct(
    scope,
    code.shufflesFirst ? filtered : shuffle(scope, filtered, groups, code),
    {
      names: code.expand,
      outChannels: stride === 1 ? outChannels : outChannels - inChannels,
      groups,
      bias,
      activation: null,
    },
  );
  if (stride === 1) return activate(scope, add(scope, x, expanded), RELU);
  const window = { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] } as const;
  const pooled = scope.builder.averagePool2d(x, window, scope.name("avgpool"));
  const join = (y: Value): Value => scope.builder.concat([pooled, y], 1, scope.name("concat"));
  return code.activatesAll
    ? activate(scope, join(expanded), RELU)
    : join(activate(scope, expanded, RELU));
}
