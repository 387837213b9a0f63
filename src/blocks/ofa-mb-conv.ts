/** The block of networks found by search: ProxylessNAS, Once-for-All and MCUNet. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { HARD_SIGMOID } from "./activations.ts";
import { convBnAct } from "./layers.ts";
import { makeDivisible } from "./make-divisible.ts";
import { ONCE_FOR_ALL } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export interface OfaMbConvOptions {
  /** Of the depthwise convolution: 3, 5 or 7. */
  readonly kernel: number;
  /** Of the depthwise convolution; null leaves the expansion out. */
  readonly middleChannels: number | null;
  readonly outChannels: number;
  /** 1 or 2 */
  readonly stride: number;
  readonly activation: UnaryAttributes | null;
  readonly squeezeExcite: boolean;
}

/**
 * Cai, Gan, Wang, Zhang, Han: Once-for-All, arXiv 1908.09791, section 3.2; Cai, Zhu, Han:
 * ProxylessNAS, arXiv 1812.00332, section 3.1. Names follow mit-han-lab/once-for-all
 * (`utils/layers.py`, MBConvLayer). The sum with the input is the network's.
 *
 *     x [N, C, H, W] -> 1x1, act [N, M, H, W] -> depthwise kxk, act [N, M, H/s, W/s] -> SE
 *                    -> 1x1, linear [N, O, H/s, W/s]
 */
export function ofaMbConv(scope: Scope, x: Value, options: OfaMbConvOptions): Value {
  const { kernel, middleChannels, outChannels, stride, activation } = options;
  const middle = middleChannels ?? x.shape[1];
  const names = ONCE_FOR_ALL(middleChannels !== null, options.squeezeExcite);
  const expanded =
    middleChannels === null
      ? x
      : convBnAct(scope, x, { names: names.expand, outChannels: middle, activation });
  const filtered = convBnAct(scope, expanded, {
    names: names.depthwise,
    outChannels: middle,
    kernel,
    stride,
    groups: middle,
    activation,
  });
  const gated = options.squeezeExcite
    ? squeezeExcite(scope.at(names.squeezeExcite), filtered, {
        squeezeChannels: makeDivisible(Math.floor(middle / 4)),
        gate: HARD_SIGMOID,
        names: names.gate,
      })
    : filtered;
  return convBnAct(scope, gated, { names: names.project, outChannels, activation: null });
}
