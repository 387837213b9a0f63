/** The hierarchical-split block: groups that hand on half of what they find. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { channelSlice, chunkSizes, splitChannels } from "./split.ts";

export interface HsBlockOptions {
  /** s: groups that the channels are divided into; there may be fewer of `ceil(C / s)` channels. */
  readonly splits: number;
  /** bobo0810's convolutions have a bias beside the batch norm; true by default. */
  readonly bias?: boolean;
  /** Name of the layers of group i, from 1 on; `module_list.i` by default. */
  readonly names?: (i: number) => string;
}

/**
 * Yuan, Lin, Cui, Du, Guo, He, Ding, Han: HS-ResNet: Hierarchical-Split Block on Convolutional Neural Network,
 * arXiv 2010.07621, section 3, figure 1. The authors' code is not published; names and the half
 * that is handed on (the last) follow bobo0810/HS-ResNet (`hs_block.py`, HSBlock).
 *
 *     x [N, C, H, W], groups x_1 ... x_s -> y_1 = x_1, y_2 = f(x_2),
 *       y_i = f(concat(x_i, last half of y_i-1)), f = 3x3, ReLU
 *     -> concat(y_1, first half of y_2, ..., first half of y_s-1, y_s) [N, C, H, W]
 */
export function hsBlock(scope: Scope, x: Value, options: HsBlockOptions): Value {
  const { splits, bias = true, names = (i) => `module_list.${i}` } = options;
  const groups = splitChannels(scope, x, chunkSizes(x.shape[1], splits));
  const kept = [groups[0]];
  let handedOn: Value | null = null;
  for (let i = 1; i < groups.length; i++) {
    const layers = scope.at(names(i));
    const seen: Value = handedOn
      ? scope.builder.concat([groups[i], handedOn], 1, layers.name("concat"))
      : groups[i];
    const channels = seen.shape[1];
    const found = convBnAct(layers, seen, {
      outChannels: channels,
      kernel: 3,
      bias,
      activation: RELU,
    });
    const half = Math.ceil(channels / 2);
    const isLast = i === groups.length - 1;
    kept.push(isLast ? found : channelSlice(layers.at("kept"), found, 0, half));
    handedOn =
      isLast || half === channels
        ? null
        : channelSlice(layers.at("handed_on"), found, half, channels - half);
  }
  return scope.builder.concat(kept, 1, scope.name("concat"));
}
