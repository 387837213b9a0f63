/** Contract of conv/inverted-residual.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";
import { fusedParams, FUSED_PARAMS } from "./depthwise-pointwise.ts";
import type { DepthwisePointwiseSpec } from "./depthwise-pointwise.ts";
import { WINDOW_OVERRIDES, windowConstants } from "./window.ts";
import source from "./inverted-residual.wgsl?raw";

/** `tile.pixels` is not read: a tile has 4 x 4 pixels, or fewer where their halo takes too much memory. */
export interface InvertedResidualSpec extends DepthwisePointwiseSpec {
  /** Blocks of the first pointwise convolution. */
  readonly expand: Packed;
  readonly expandBias: Packed;
  /** Channels between the first and the second pointwise convolution. */
  readonly expandedChannels: number;
}

/** vec4s of workgroup memory that every device has: 16 KiB. */
const MOST_SHARED = 1024;

export interface Region {
  /** Pixels of a tile of y along one side. */
  readonly side: number;
  readonly height: number;
  readonly width: number;
}

/** What a tile of the greatest side reads of the expanded map, if a quad of it fits; else null. */
export function regionOf({
  kernel,
  attributes: { stride, dilation },
}: Pick<DepthwisePointwiseSpec, "kernel" | "attributes">): Region | null {
  for (const side of [4, 2, 1]) {
    const [height, width] = [0, 1].map(
      (axis) => (side - 1) * stride[axis] + (kernel[axis] - 1) * dilation[axis] + 1,
    );
    if (height * width + side * side <= MOST_SHARED / 4) return { side, height, width };
  }
  return null;
}

export const invertedResidual: Kernel<InvertedResidualSpec> = {
  name: "conv/inverted-residual",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ...FUSED_PARAMS,
    ["expand", "u32"],
    ["expand_bias", "u32"],
    ["expanded_quads", "u32"],
    ["tiles", "u32"],
  ],
  overrides: ["WORKGROUP", ...WINDOW_OVERRIDES],
  consts: ["TILE_H", "TILE_W", "TILE_QUADS", "REGION", "REGION_W", "CHUNK"],
  slots: ["store_expanded", "store_between", "store_y"],
  configure(spec, device) {
    const { y, expand, expandBias, expandedChannels } = spec;
    const { side, height, width } = regionOf(spec)!;
    const pixels = side * side;
    const quads = quadsOf(y.channels);
    const lanes = Math.floor(Math.min(256, device.maxInvocationsPerWorkgroup) / pixels);
    const perLane = Math.min(4, divideUp(quads, lanes));
    const used = Math.min(lanes, divideUp(quads, perLane));
    const tiles = divideUp(y.width, side);
    const expandedQuads = quadsOf(expandedChannels);
    return {
      overrides: { WORKGROUP: pixels * used, ...windowConstants(spec) },
      consts: {
        TILE_H: side,
        TILE_W: side,
        TILE_QUADS: perLane,
        REGION: height * width,
        REGION_W: width,
        CHUNK: Math.min(16, expandedQuads, Math.floor(MOST_SHARED / (height * width + pixels))),
      },
      params: {
        ...fusedParams(spec),
        expand: expand.offset,
        expand_bias: expandBias.offset,
        expanded_quads: expandedQuads,
        tiles,
      },
      workgroups: [tiles * divideUp(y.height, side), divideUp(quads, perLane * used), y.images],
    };
  },
};
