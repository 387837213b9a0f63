/** Contracts of conv/depthwise-pointwise.wgsl and conv/depthwise-pointwise-shared.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel, ParamFields } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";
import { columnConstants } from "./depthwise.ts";
import { blockImports } from "./weights.ts";
import { WINDOW_OVERRIDES, windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./depthwise-pointwise.wgsl?raw";
import sharedSource from "./depthwise-pointwise-shared.wgsl?raw";

/** `weight`, `bias`, `kernel` and `attributes` are those of the depthwise convolution. */
export interface DepthwisePointwiseSpec extends WindowSpec {
  readonly pointwise: Packed;
  readonly pointwiseBias: Packed;
  readonly tile: FusedTile;
}

/** What an invocation computes, or with workgroup memory `pixels` of a workgroup. */
export interface FusedTile {
  readonly pixels: number;
  readonly quads: number;
  readonly workgroup: number;
}

/** Of x, y, the depthwise and the pointwise convolution. */
export const FUSED_PARAMS: ParamFields = [
  ["x", "u32"],
  ["x_image", "u32"],
  ["x_quads", "u32"],
  ["x_height", "u32"],
  ["x_width", "u32"],
  ["y", "u32"],
  ["y_image", "u32"],
  ["y_quads", "u32"],
  ["y_height", "u32"],
  ["y_width", "u32"],
  ["weight", "u32"],
  ["bias", "u32"],
  ["pad_top", "i32"],
  ["pad_left", "i32"],
  ["pointwise", "u32"],
  ["pointwise_bias", "u32"],
];

/** Values of `FUSED_PARAMS`. */
export function fusedParams(spec: Omit<DepthwisePointwiseSpec, "tile">): {
  readonly [name: string]: number;
  readonly y_quads: number;
} {
  return {
    ...windowParams(spec),
    x_quads: quadsOf(spec.x.channels),
    y_quads: quadsOf(spec.y.channels),
    pointwise: spec.pointwise.offset,
    pointwise_bias: spec.pointwiseBias.offset,
  };
}

export const depthwisePointwise: Kernel<DepthwisePointwiseSpec> = {
  name: "conv/depthwise-pointwise",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [...FUSED_PARAMS, ["tiles", "u32"]],
  overrides: ["WORKGROUP"],
  consts: [
    "TILE_W",
    "TILE_QUADS",
    "KERNEL_H",
    "KERNEL_W",
    "STRIDE_H",
    "STRIDE_W",
    "DILATION_H",
    "DILATION_W",
    "SPAN_W",
    "STEP_W",
  ],
  slots: ["store_between", "store_y"],
  configure(spec, device) {
    const { y, tile } = spec;
    const tiles = divideUp(y.width, tile.pixels);
    const strip = { height: 1, width: tile.pixels, workgroup: tile.workgroup };
    return {
      overrides: { WORKGROUP: tile.workgroup },
      consts: {
        ...windowConstants(spec),
        ...columnConstants({ ...spec, tile: strip }),
        TILE_W: tile.pixels,
        TILE_QUADS: tile.quads,
      },
      imports: blockImports(device),
      params: { ...fusedParams(spec), tiles },
      workgroups: [
        divideUp(tiles * y.height, tile.workgroup),
        divideUp(quadsOf(y.channels), tile.quads),
        y.images,
      ],
    };
  },
};

export const depthwisePointwiseShared: Kernel<DepthwisePointwiseSpec> = {
  name: "conv/depthwise-pointwise-shared",
  source: sharedSource,
  bindings: COMPUTE_BINDINGS,
  params: FUSED_PARAMS,
  overrides: ["WORKGROUP", ...WINDOW_OVERRIDES],
  consts: ["TILE_PIXELS", "TILE_QUADS"],
  slots: ["store_between", "store_y"],
  configure(spec) {
    const { y, tile } = spec;
    return {
      overrides: { WORKGROUP: tile.workgroup, ...windowConstants(spec) },
      consts: { TILE_PIXELS: tile.pixels, TILE_QUADS: tile.quads },
      params: fusedParams(spec),
      workgroups: [
        divideUp(y.height * y.width, tile.pixels),
        divideUp(quadsOf(y.channels), (tile.quads * tile.workgroup) / tile.pixels),
        y.images,
      ],
    };
  },
};
