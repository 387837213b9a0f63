/** GhostNet's bottleneck: a ghost module that expands, one that projects, and a shortcut. */
import type { Value } from "../graph/graph.ts";
import { HARD_SIGMOID, RELU } from "./activations.ts";
import { ghostModule } from "./ghost-module.ts";
import { add, convBnAct } from "./layers.ts";
import { makeDivisible } from "./make-divisible.ts";
import type { Names } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export interface GhostBottleneckOptions {
  /** Of the depthwise convolutions, which only a stride has: 3 or 5. */
  readonly kernel: number;
  /** "#exp": channels between the modules. */
  readonly expandedChannels: number;
  readonly outChannels: number;
  readonly squeezeExcite: boolean;
  /** 1 or 2 */
  readonly stride: number;
}

type Strided = Pick<GhostBottleneckOptions, "kernel" | "stride">;

/** Depthwise, linear. [N, C, H, W] -> [N, C, H/s, W/s] */
function shrink(scope: Scope, x: Value, names: Names, { kernel, stride }: Strided): Value {
  const channels = x.shape[1];
  return convBnAct(scope, x, {
    names,
    outChannels: channels,
    kernel,
    stride,
    groups: channels,
    activation: null,
  });
}

/** x, or where shapes differ depthwise and 1x1. [N, C, H, W] -> [N, O, H/s, W/s] */
function bypass(scope: Scope, x: Value, outChannels: number, strided: Strided): Value {
  if (strided.stride === 1 && x.shape[1] === outChannels) return x;
  const shrunk = shrink(scope, x, ["0", "1"], strided);
  return convBnAct(scope, shrunk, { names: [2, 3], outChannels, activation: null });
}

/**
 * Han et al., arXiv 1911.11907, section 3.2, figure 3. Names follow huawei-noah/ghostnet
 * (`ghostnet.py`, GhostBottleneck), which timm shares. Nothing follows the sum.
 *
 *     x [N, C, H, W] -> ghost module, ReLU [N, E, H, W] -> with a stride depthwise kxk [N, E, H/s, W/s]
 *                    -> SE -> ghost module, linear [N, O, H/s, W/s] -> + shortcut
 */
export function ghostBottleneck(scope: Scope, x: Value, options: GhostBottleneckOptions): Value {
  const { expandedChannels, outChannels, stride } = options;
  const expanded = ghostModule(scope.at("ghost1"), x, {
    outChannels: expandedChannels,
    activation: RELU,
  });
  const shrunk = stride === 1 ? expanded : shrink(scope, expanded, ["conv_dw", "bn_dw"], options);
  const gated = options.squeezeExcite
    ? squeezeExcite(scope.at("se"), shrunk, {
        squeezeChannels: makeDivisible(expandedChannels / 4, 4),
        gate: HARD_SIGMOID,
        names: ["conv_reduce", "conv_expand"],
      })
    : shrunk;
  const projected = ghostModule(scope.at("ghost2"), gated, { outChannels, activation: null });
  return add(scope, projected, bypass(scope.at("shortcut"), x, outChannels, options));
}
