/** GhostNet's module: half of the channels are computed, the others are filtered copies of them. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { channelSlice } from "./split.ts";

export interface GhostModuleOptions {
  readonly outChannels: number;
  /** Of both convolutions; null in the second module of a bottleneck. */
  readonly activation: UnaryAttributes | null;
  /** Of the primary convolution; 1 by default. */
  readonly kernel?: number;
  /** s: the output's channels over those of the primary convolution; 2 by default. */
  readonly ratio?: number;
  /** d: kernel of the cheap operation; 3 by default. */
  readonly cheapKernel?: number;
}

/**
 * Han, Wang, Tian, Guo, Xu, Xu: GhostNet: More Features from Cheap Operations, arXiv 1911.11907,
 * section 3.1, figure 1b. Names follow huawei-noah/ghostnet (`ghostnet.py`, GhostModule), which
 * timm shares. Channels that are one too many are cut off at the end.
 *
 *     x [N, C, H, W] -> 1x1 [N, m, H, W], m = O / s rounded up
 *                    -> depthwise dxd, s - 1 for each channel [N, (s - 1) m, H, W]
 *                    -> first O of concat(both) [N, O, H, W]
 */
export function ghostModule(scope: Scope, x: Value, options: GhostModuleOptions): Value {
  const { outChannels, activation, kernel, ratio = 2, cheapKernel = 3 } = options;
  const primaryChannels = Math.ceil(outChannels / ratio);
  const primary = convBnAct(scope.at("primary_conv"), x, {
    outChannels: primaryChannels,
    kernel,
    activation,
  });
  const ghosts = convBnAct(scope.at("cheap_operation"), primary, {
    outChannels: primaryChannels * (ratio - 1),
    kernel: cheapKernel,
    groups: primaryChannels,
    activation,
  });
  const all = scope.builder.concat([primary, ghosts], 1, scope.name("concat"));
  return all.shape[1] === outChannels ? all : channelSlice(scope.at("cut"), all, 0, outChannels);
}
