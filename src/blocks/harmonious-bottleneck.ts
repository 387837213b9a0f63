/** HBONet's block: an inverted residual on an image that is first made small, then large again. */
import { ShapeError } from "../graph/errors.ts";
import type { Value } from "../graph/graph.ts";
import { RELU6 } from "./activations.ts";
import { add, convBnAct } from "./layers.ts";
import type { Names } from "./mobile-names.ts";
import type { Scope } from "./scope.ts";
import { channelSlice } from "./split.ts";

export interface HarmoniousBottleneckOptions {
  /** t: channels of the small image over those of x. */
  readonly expand: number;
  readonly outChannels: number;
  /** 1 or 2 */
  readonly stride: number;
  /** How much smaller the image becomes inside: 2 (default), 4 or 8. */
  readonly contraction?: number;
  /** The authors' by default. */
  readonly code?: HarmoniousCode;
}

/** Names of the layers; `level` counts the halvings from 0 on. */
export interface HarmoniousCode {
  readonly contract: (level: number) => Names;
  readonly expand: (level: number) => Names;
  readonly filter: (levels: number) => Names;
  readonly project: (levels: number) => Names;
  readonly restore: Names;
  /** Whether ReLU6 follows the 3x3 convolution. */
  readonly activatesFilter: (levels: number) => boolean;
}

const pair = (path: string, first: number): Names => [`${path}.${first}`, `${path}.${first + 1}`];

/** d-li14/HBONet, `models/imagenet/hbonet.py`: ReLU6 after the 3x3 convolution only in the 2x block. */
export const HBONET_CODE: HarmoniousCode = {
  contract: (level) => pair("conv", 5 * level),
  expand: (level) => pair("conv", 5 * level + 2),
  filter: (levels) => pair("conv", 5 * levels),
  project: (levels) => pair("conv", 5 * levels + (levels === 1 ? 3 : 2)),
  restore: pair("upconv", 0),
  activatesFilter: (levels) => levels === 1,
};

/** The 2x block as AIWalker's review of the paper (5 August 2020) lists it, without that ReLU6. */
export const AIWALKER_CODE: HarmoniousCode = {
  contract: () => pair("sc", 0),
  expand: () => pair("ce", 0),
  filter: () => pair("dw", 0),
  project: () => pair("cc", 0),
  restore: pair("fu", 0),
  activatesFilter: () => false,
};

/** The sizes that the block can put together again. @throws ShapeError for others */
function check(scope: Scope, x: Value, outChannels: number, contraction: number): void {
  const where = `harmonious bottleneck "${scope.path}"`;
  const [, channels, height, width] = x.shape;
  const kept = Math.ceil(outChannels / 2);
  if (channels < kept) {
    throw new ShapeError(
      `${where}: x has ${channels} channels, but half of the ${outChannels} of the output are ` +
        `taken from it, so at least ${kept} were expected`,
    );
  }
  if (height % contraction !== 0 || width % contraction !== 0) {
    throw new ShapeError(`${where}: x is ${height}x${width}, expected multiples of ${contraction}`);
  }
}

/** Spatial contraction and channel expansion. [N, C, H, W] -> [N, tC, H/2, W/2], linear then ReLU6 */
function halve(
  scope: Scope,
  x: Value,
  hidden: number,
  { contract, expand }: { contract: Names; expand: Names },
): Value {
  const channels = x.shape[1];
  const contracted = convBnAct(scope, x, {
    names: contract,
    outChannels: channels,
    kernel: 5,
    stride: 2,
    groups: channels,
    activation: null,
  });
  return convBnAct(scope, contracted, { names: expand, outChannels: hidden, activation: RELU6 });
}

/** The mean over 2x2 pixels where the block has a stride, else x. */
function pooled(scope: Scope, x: Value, stride: number): Value {
  return stride === 1 ? x : scope.builder.averagePool2d(x, { kernel: [2, 2] }, scope.path);
}

/**
 * Adds x [N, C, H, W] to the nearest-neighbour enlargement of `small` [N, C, H/k, W/k], and filters
 * the sum with a depthwise 5x5 convolution.
 */
function restore(scope: Scope, x: Value, small: Value, names: Names): Value {
  const channels = x.shape[1];
  const enlarged = scope.builder.op(
    "resize",
    [small],
    {
      mode: "nearest",
      size: [x.shape[2], x.shape[3]],
      coordinates: "asymmetric",
      rounding: "floor",
    },
    scope.name("upsample"),
  );
  return convBnAct(scope, add(scope, x, enlarged), {
    names,
    outChannels: channels,
    kernel: 5,
    groups: channels,
    activation: null,
  });
}

/**
 * Li, Zhou, Yao: HBONet: Harmonious Bottleneck on Two Orthogonal Dimensions, arXiv 1908.03888,
 * section 3.2, figures 2 and 3. Half of the output, h = O / 2 rounded down, is computed; the other
 * half is the last channels of x, which may be among the first h that are added on the other side.
 *
 *     x [N, C, H, W] -> depthwise 5x5, linear; 1x1, ReLU6 [N, tC, H/2, W/2], once, twice or thrice
 *       -> depthwise 3x3 -> 1x1, linear [N, h, H/k, W/k]
 *       -> enlarge; + first h of x; depthwise 5x5, linear [N, h, H, W]
 *     -> concat(last O - h of x, that) [N, O, H, W]
 *
 * With stride 2 the parts of x are averaged over 2x2 pixels and the enlargement is by k / 2; for
 * k = 2 nothing is left to enlarge or to add.
 */
export function harmoniousBottleneck(
  scope: Scope,
  x: Value,
  options: HarmoniousBottleneckOptions,
): Value {
  const { expand, outChannels, stride, contraction = 2, code = HBONET_CODE } = options;
  check(scope, x, outChannels, contraction);
  const hidden = x.shape[1] * expand;
  const computed = Math.floor(outChannels / 2);
  const kept = outChannels - computed;
  const levels = Math.log2(contraction);
  let small = x;
  for (let level = 0; level < levels; level++) {
    const names = { contract: code.contract(level), expand: code.expand(level) };
    small = halve(scope, small, hidden, names);
  }
  const filtered = convBnAct(scope, small, {
    names: code.filter(levels),
    outChannels: hidden,
    kernel: 3,
    groups: hidden,
    activation: code.activatesFilter(levels) ? RELU6 : null,
  });
  const projected = convBnAct(scope, filtered, {
    names: code.project(levels),
    outChannels: computed,
    activation: null,
  });
  const last = channelSlice(scope.at("last"), x, x.shape[1] - kept, kept);
  const identity = pooled(scope.at("avgpool_last"), last, stride);
  const parts = [identity, projected];
  if (contraction > stride) {
    const first = channelSlice(scope.at("first"), x, 0, computed);
    const base = pooled(scope.at("avgpool_first"), first, stride);
    parts[1] = restore(scope, base, projected, code.restore);
  }
  return scope.builder.concat(parts, 1, scope.name("concat"));
}
