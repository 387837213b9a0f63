/** The selective kernel unit: branches of several receptive fields, mixed channel by channel. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { batchNorm, activate, convBnAct, convolve, globalAveragePool } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { channelSlice, sumOf, weightedSum } from "./split.ts";

export interface SelectiveKernelOptions {
  readonly outChannels: number;
  /** d: channels of the descriptor that the branches are chosen by. */
  readonly descriptorChannels: number;
  readonly stride?: number;
  readonly groups?: number;
  /** M; branch m sees (2m + 1) x (2m + 1) pixels through a 3x3 kernel of dilation m. 2 by default. */
  readonly branches?: number;
  /** timm's skresnet: every branch reads a part of the channels of its own. */
  readonly splitInput?: boolean;
}

/** The branches' weights [N, C, 1, 1], which sum to 1 in each channel. */
function attention(scope: Scope, branches: readonly Value[], descriptorChannels: number): Value[] {
  const { builder } = scope;
  const [batch, channels] = branches[0].shape;
  const means = branches.map((branch, m) => globalAveragePool(scope.at(`branch${m}`), branch));
  // The mean of the sum is the sum of the means, so the fused map is never stored.
  const squeezed = sumOf(scope.at("fuse"), means);
  const reduced = convolve(
    scope.at("fc_reduce"),
    squeezed,
    { outChannels: descriptorChannels },
    false,
  );
  const descriptor = activate(scope, batchNorm(scope.at("bn"), reduced), RELU);
  const logits = convolve(
    scope.at("fc_select"),
    descriptor,
    { outChannels: branches.length * channels },
    false,
  );
  const shape = [batch, branches.length, channels];
  const rows = builder.reshape(logits, shape, scope.name("rows"));
  const chosen = builder.op("softmax", [rows], { axis: 1 }, scope.name("softmax"));
  const flat = builder.reshape(
    chosen,
    [batch, branches.length * channels, 1, 1],
    scope.name("gates"),
  );
  return branches.map((_, m) => channelSlice(scope.at(`gate${m}`), flat, m * channels, channels));
}

/**
 * Li, Wang, Hu, Yang: Selective Kernel Networks, arXiv 1903.06586, section 3.1 and figure 1. Names
 * follow timm (`selective_kernel.py`). The 5x5 branch is a 3x3 of dilation 2, as in section 3.1.
 *
 *     x [N, C, H, W] -> M of 3x3 dilated by m, ReLU: U_m [N, O, H/s, W/s]
 *                    -> mean of their sum [N, O, 1, 1] -> 1x1, ReLU [N, d, 1, 1]
 *                    -> 1x1, softmax over m [N, M, O] -> sum of weight * U_m [N, O, H/s, W/s]
 */
export function selectiveKernel(scope: Scope, x: Value, options: SelectiveKernelOptions): Value {
  const { outChannels, stride = 1, groups = 1, branches = 2, splitInput = false } = options;
  const part = x.shape[1] / branches;
  const filtered = Array.from({ length: branches }, (_, m) => {
    const path = scope.at("paths").at(m);
    const input = splitInput ? channelSlice(path.at("input"), x, m * part, part) : x;
    return convBnAct(path, input, {
      names: ["conv", "bn"],
      outChannels,
      kernel: 3,
      stride,
      dilation: m + 1,
      groups: Math.min(groups, outChannels),
      activation: RELU,
    });
  });
  const weights = attention(scope.at("attn"), filtered, options.descriptorChannels);
  return weightedSum(scope, filtered, weights);
}
