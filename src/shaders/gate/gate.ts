/** Contract of gate/gate.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./gate.wgsl?raw";

/** The most maps whose mean is taken together. */
export const MOST_BRANCHES = 4;

export interface GateSpec {
  /** 1 to `MOST_BRANCHES` of [N, C, H, W]; only the first C channels of each are read. */
  readonly branches: readonly Quads[];
  /** C */
  readonly channels: number;
  /** Channels between the two layers. */
  readonly squeezeChannels: number;
  /** `gateBetween` vec4s an image. */
  readonly between: Quads;
  /** [N, radix * O, 1, 1]; with radix > 1 O is a multiple of 4, filled by `padBranchGates`. */
  readonly y: Quads;
  readonly radix: number;
  /** by `packLinear` and `packBias` */
  readonly weights: readonly [Packed, Packed];
  readonly biases: readonly [Packed, Packed];
}

/** Invocations of the one workgroup of an image. */
export function lanesOf({ software, maxInvocationsPerWorkgroup }: DeviceTraits): number {
  // Few lanes keep barriers cheap on a CPU.
  return software ? 16 : Math.min(256, maxInvocationsPerWorkgroup);
}

/** vec4s an image that the kernel keeps between its steps. */
export function gateBetween(
  channels: number,
  squeezeChannels: number,
  device: DeviceTraits,
): number {
  return quadsOf(channels) + quadsOf(squeezeChannels) + lanesOf(device);
}

/** Lanes that share the sum of a quad: a power of 2. */
export function splitOf(quads: number, device: DeviceTraits): number {
  return device.software ? 1 : 2 ** Math.max(0, Math.floor(Math.log2(lanesOf(device) / quads)));
}

export const gate: Kernel<GateSpec> = {
  name: "gate/gate",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x0", "u32"],
    ["x0_image", "u32"],
    ["x1", "u32"],
    ["x1_image", "u32"],
    ["x2", "u32"],
    ["x2_image", "u32"],
    ["x3", "u32"],
    ["x3_image", "u32"],
    ["branches", "u32"],
    ["area", "u32"],
    ["x_quads", "u32"],
    ["x_split", "u32"],
    ["squeezed_quads", "u32"],
    ["squeezed_split", "u32"],
    ["between", "u32"],
    ["between_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["weight1", "u32"],
    ["bias1", "u32"],
    ["weight2", "u32"],
    ["bias2", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: ["RADIX"],
  slots: ["store_squeezed", "store_y"],
  configure({ branches, channels, squeezeChannels, between, y, radix, weights, biases }, device) {
    const [x] = branches;
    const xQuads = quadsOf(channels);
    const squeezedQuads = quadsOf(squeezeChannels);
    const starts = branches.flatMap(({ offset, imageStride }, i) => [
      [`x${i}`, offset],
      [`x${i}_image`, imageStride],
    ]);
    return {
      overrides: { WORKGROUP: lanesOf(device) },
      consts: { RADIX: radix },
      params: {
        ...(Object.fromEntries(starts) as Record<string, number>),
        branches: branches.length,
        area: x.height * x.width,
        x_quads: xQuads,
        x_split: splitOf(xQuads, device),
        squeezed_quads: squeezedQuads,
        squeezed_split: splitOf(squeezedQuads, device),
        between: between.offset,
        between_image: between.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels / radix),
        weight1: weights[0].offset,
        bias1: biases[0].offset,
        weight2: weights[1].offset,
        bias2: biases[1].offset,
      },
      workgroups: [y.images, 1, 1],
    };
  },
};
