/** A dense block of which half of the channels pass by: the stage of CSPDenseNet. */
import type { Value } from "../graph/graph.ts";
import { denseLayer, normReluConv } from "./dense-layer.ts";
import type { DenseLayerNames } from "./dense-layer.ts";
import type { Scope } from "./scope.ts";
import { splitChannels } from "./split.ts";

/** Where a stage's halves are mixed: after the blocks, after the concatenation, or both. */
export type CspFusion = "both" | "first" | "last";

export interface CspDenseStageOptions {
  /** n: dense layers. */
  readonly layers: number;
  /** k: channels that each of them appends. */
  readonly growth: number;
  readonly fusion: CspFusion;
  /** gamma: the share of the channels that pass by; a half by default. */
  readonly crossed?: number;
  /** theta: the compression of each transition; a half by default. */
  readonly theta?: number;
  /** Whether 2x2 pixels become their mean at the end; true by default. */
  readonly pooled?: boolean;
}

const NAMES: DenseLayerNames = { norm1: "n1", conv1: "c1", norm2: "n2", conv2: "c2" };

/**
 * Wang, Liao, Yeh, Wu, Chen, Hsieh: CSPNet, arXiv 1911.11929, section 3.1 and figure 3b (both), 3c
 * (first), 3d (last), by equation 3: the text about x' and x'' contradicts it. The authors never
 * published CSPDenseNet, so names are of this library: T is `tT`, U is `tU`.
 *
 *     x [N, C, H, W] -> x' | x'' -> D = dense layers on x''
 *     both: U(concat(x', T(D)));  first: U(concat(x', D));  last: concat(x', T(D))
 *     T and U: norm, ReLU, 1x1 with floor(theta C) channels; then 2x2 mean [N, ., H/2, W/2]
 */
export function cspDenseStage(scope: Scope, x: Value, options: CspDenseStageOptions): Value {
  const { layers, growth, fusion, crossed = 0.5, theta = 0.5, pooled = true } = options;
  const transition = (name: string, value: Value) =>
    normReluConv(scope.at(name), value, ["n", "c"], {
      outChannels: Math.floor(value.shape[1] * theta),
    });
  const cross = Math.floor(x.shape[1] * crossed);
  const [bypass, entry] = splitChannels(scope, x, [cross, x.shape[1] - cross]);
  let dense = entry;
  for (let i = 0; i < layers; i++) {
    dense = denseLayer(scope.at("dense").at(i), dense, { growth, names: NAMES });
  }
  const blocks = fusion === "first" ? dense : transition("tT", dense);
  const joined = scope.builder.concat([bypass, blocks], 1, scope.name("concat"));
  const mixed = fusion === "last" ? joined : transition("tU", joined);
  if (!pooled) return mixed;
  return scope.builder.averagePool2d(mixed, { kernel: [2, 2] }, scope.name("pool"));
}
