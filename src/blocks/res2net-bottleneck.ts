/** Res2Net's block: a bottleneck whose filters form a hierarchy of groups. */
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import { residualBottleneck } from "./residual-bottleneck.ts";
import type { Scope } from "./scope.ts";
import { splitChannels } from "./split.ts";

export interface Res2NetBottleneckOptions {
  /** w: channels of a group. */
  readonly width: number;
  /** s: groups. */
  readonly scale: number;
  readonly outChannels: number;
  readonly stride?: number;
  /** Of the 3x3 convolutions, but for the first block of a dilated stage. */
  readonly dilation?: number;
  readonly firstDilation?: number;
  /** ResNeXt's cardinality, of the convolution of each group. */
  readonly groups?: number;
  /** The first block of a stage: its groups do not see each other, and the last one is pooled. */
  readonly isFirst: boolean;
  /** ResNet-D's shortcut (the v1b variants). */
  readonly pooledShortcut?: boolean;
}

/** The filters in the place of the bottleneck's 3x3. reduced [N, s w, H, W] -> [N, s w, H/s, W/s] */
function hierarchy(scope: Scope, reduced: Value, options: Res2NetBottleneckOptions): Value {
  const { width, scale, stride = 1, dilation = 1, groups = 1, isFirst } = options;
  const parts = splitChannels(scope, reduced, new Array<number>(scale).fill(width));
  const filters = Math.max(1, scale - 1);
  // The code lists all convolutions before all batch norms.
  for (let i = 0; i < filters; i++) {
    scope.parameter(`convs.${i}.weight`, [width, width / groups, 3, 3]);
  }
  const outputs: Value[] = [];
  for (let i = 0; i < filters; i++) {
    const seen = i === 0 || isFirst ? parts[i] : add(scope.at(`sum${i}`), outputs[i - 1], parts[i]);
    outputs.push(
      convBnAct(scope, seen, {
        names: [`convs.${i}`, `bns.${i}`],
        outChannels: width,
        kernel: 3,
        stride,
        dilation: options.firstDilation ?? dilation,
        groups,
        activation: RELU,
      }),
    );
  }
  if (scale === 1) return outputs[0];
  const window = { kernel: [3, 3], stride: [stride, stride], padding: [1, 1, 1, 1] } as const;
  const last = isFirst
    ? scope.builder.averagePool2d(parts[scale - 1], window, scope.name("pool"))
    : parts[scale - 1];
  return scope.builder.concat([...outputs, last], 1, scope.name("concat"));
}

/**
 * Gao, Cheng, Zhao, Zhang, Yang, Torr: Res2Net, arXiv 1904.01169, section 3.1, figure 2b. Names
 * follow the authors' code (`res2net.py`, Bottle2neck), which timm shares. The figure passes the
 * first group through; the code passes the last.
 *
 *     x [N, C, H, W] -> 1x1, ReLU [N, s w, H, W], groups x_0 ... x_s-1
 *                    -> y_i = ReLU 3x3 (x_i + y_i-1), y_s-1 = x_s-1, concatenated [N, s w, H/s, W/s]
 *                    -> 1x1 [N, O, H/s, W/s] -> + shortcut -> ReLU
 */
export function res2NetBottleneck(
  scope: Scope,
  x: Value,
  options: Res2NetBottleneckOptions,
): Value {
  return residualBottleneck(scope, x, {
    width: options.width * options.scale,
    outChannels: options.outChannels,
    stride: options.stride,
    dilation: options.dilation,
    pooledShortcut: options.pooledShortcut,
    filter: (reduced) => hierarchy(scope, reduced, options),
  });
}
