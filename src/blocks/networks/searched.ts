/** Networks found by search (ProxylessNAS, Once-for-All, MCUNet), from a description of their blocks. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import {
  add,
  convBnAct,
  convolve,
  activate,
  flatten,
  globalAveragePool,
  linear,
} from "../layers.ts";
import { ofaMbConv } from "../ofa-mb-conv.ts";
import type { OfaMbConvOptions } from "../ofa-mb-conv.ts";
import type { Scope } from "../scope.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";

/** A convolution with batch norm: 3x3 with stride 2 at the begin, 1x1 elsewhere. */
export interface SearchedLayer {
  readonly outChannels: number;
  readonly activation: UnaryAttributes | null;
}

export interface SearchedBlock extends OfaMbConvOptions {
  /** Whether the input is added. */
  readonly residual: boolean;
}

export interface SearchedNetwork {
  /** Pixels of the square image. */
  readonly inputSize: number;
  readonly classes?: number;
  /** Of the batch norms. */
  readonly epsilon: number;
  readonly stem: SearchedLayer;
  /** null stands for a layer that the search left out. */
  readonly blocks: readonly (SearchedBlock | null)[];
  /** After the last block, before pooling. */
  readonly expand: (SearchedLayer & { readonly name: string }) | null;
  /** After pooling, without batch norm. */
  readonly mix: (SearchedLayer & { readonly bias: boolean }) | null;
}

function applyBlock(scope: Scope, x: Value, block: SearchedBlock | null): Value {
  if (block === null) return x;
  const y = ofaMbConv(scope.at("conv"), x, block);
  return block.residual ? add(scope, y, x) : y;
}

/**
 * Names of mit-han-lab/once-for-all (`mobilenet_v3.py`, `proxyless_nets.py`). Old files of weights
 * say `mobile_inverted_conv` for a block's `conv`. [N, 3, H, W] -> logits [N, classes]
 */
export function buildSearched(
  id: string,
  network: SearchedNetwork,
  options: NetworkOptions = {},
): Graph {
  const { inputSize, classes: defaultClasses, epsilon, stem, expand, mix } = network;
  const { scope, image, classes, finish } = beginNetwork(id, options, {
    inputSize,
    classes: defaultClasses,
    epsilon,
    width: null,
  });
  const named = { names: ["conv", "bn"] } as const;
  const begun = convBnAct(scope.at("first_conv"), image, {
    ...named,
    ...stem,
    kernel: 3,
    stride: 2,
  });
  const blocks = scope.at("blocks");
  const features = network.blocks.reduce<Value>(
    (x, block, i) => applyBlock(blocks.at(i), x, block),
    begun,
  );
  const expanded = expand
    ? convBnAct(scope.at(expand.name), features, { ...named, ...expand })
    : features;
  const pooled = globalAveragePool(scope, expanded);
  const mixed = mix
    ? activate(
        scope.at("feature_mix_layer"),
        convolve(scope.at("feature_mix_layer.conv"), pooled, mix, mix.bias),
        mix.activation,
      )
    : pooled;
  return finish(linear(scope.at("classifier.linear"), flatten(scope, mixed), classes));
}
