/** The module of SE-BN-Inception: BN-Inception's paths, and squeeze-and-excitation of their union. */
import type { Value } from "../graph/graph.ts";
import { RELU, SIGMOID } from "./activations.ts";
import { convAct, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface BnInceptionOptions {
  /** `inception_3a` */
  readonly name: string;
  /** #1x1; without it all paths have stride 2, and the pooled one has no projection. */
  readonly pointwise?: number;
  readonly reduce3: number;
  readonly spatial3: number;
  /** double 3x3 reduce */
  readonly reduceDouble: number;
  /** Both of the double 3x3. */
  readonly double: number;
  readonly pool: "average" | "max";
  readonly poolProjection?: number;
}

/** The last path: pooled, and projected where it does not stride. */
function pooledPath(scope: Scope, x: Value, { name, pool, pointwise }: BnInceptionOptions): Value {
  const strides = pointwise === undefined;
  // Caffe rounds sizes up.
  const window = strides
    ? ({ kernel: [3, 3], stride: [2, 2], ceilMode: true } as const)
    : ({ kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const);
  const at = scope.name(strides ? `${name}/pool/3x3_s2` : `${name}/pool`);
  return pool === "max"
    ? scope.builder.maxPool2d(x, window, at)
    : scope.builder.averagePool2d(x, window, at);
}

/**
 * BN-Inception: Ioffe, Szegedy: Batch Normalization, arXiv 1502.03167, figure 5. Numbers and names
 * follow the authors of SENet (`SE-BN-Inception.prototxt`). The scope is the network's.
 *
 *     x [N, C, H, W] -> concat(1x1, 1x1 -> 3x3, 1x1 -> 3x3 -> 3x3, pool -> 1x1), ReLU after each
 */
export function bnInception(scope: Scope, x: Value, options: BnInceptionOptions): Value {
  const { name, pointwise, poolProjection } = options;
  const stride = pointwise === undefined ? 2 : 1;
  const layer = (part: string, value: Value, outChannels: number, kernel = 1, by = 1) => {
    const path = `${name}/${part}`;
    return convBnAct(scope, value, {
      names: [path, `${path}/bn`],
      outChannels,
      kernel,
      stride: by,
      activation: RELU,
    });
  };
  const paths = pointwise === undefined ? [] : [layer("1x1", x, pointwise)];
  const reduced = layer("3x3_reduce", x, options.reduce3);
  paths.push(layer("3x3", reduced, options.spatial3, 3, stride));
  const reducedDouble = layer("double3x3_reduce", x, options.reduceDouble);
  const first = layer("double3x3a", reducedDouble, options.double, 3);
  paths.push(layer("double3x3b", first, options.double, 3, stride));
  const pooled = pooledPath(scope, x, options);
  paths.push(poolProjection === undefined ? pooled : layer("pool_proj", pooled, poolProjection));
  return scope.builder.concat(paths, 1, scope.name(`${name}/concat`));
}

/**
 * Hu et al.: Squeeze-and-Excitation Networks, arXiv 1709.01507, figure 2: the gate is computed from,
 * and multiplied into, the concatenation, with a 16th of its channels in between.
 *
 *     x [N, C, H, W] -> module y [N, O, H/s, W/s] -> mean -> 1x1, ReLU [N, O/16, 1, 1]
 *                    -> 1x1, sigmoid [N, O, 1, 1] -> y * gate [N, O, H/s, W/s]
 */
export function seBnInception(scope: Scope, x: Value, options: BnInceptionOptions): Value {
  const { name } = options;
  const { builder } = scope;
  const joined = bnInception(scope, x, options);
  const channels = joined.shape[1];
  const squeezed = builder.op("globalAveragePool", [joined], {}, scope.name(`${name}_global_pool`));
  const reduced = convAct(scope.at(`${name}_1x1_down`), squeezed, {
    outChannels: Math.floor(channels / 16),
    activation: RELU,
  });
  const gate = convAct(scope.at(`${name}_1x1_up`), reduced, {
    outChannels: channels,
    activation: SIGMOID,
  });
  return builder.binary("mul", joined, gate, scope.name(`${name}_scale`));
}
