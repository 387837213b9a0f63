/** Contract of conv/direct.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Tile } from "./pointwise.ts";
import { blockImports } from "./weights.ts";
import { WINDOW_OVERRIDES, windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./direct.wgsl?raw";

/** Channels of a group of x and of y must be multiples of 4 unless there is one group. */
export interface DirectSpec extends WindowSpec {
  /** `quads` must divide the quads of a group of y, or be 1. */
  readonly tile: Tile;
  /** First quads of y that only have weights at the centre tap; a multiple of `tile.quads`. */
  readonly centre?: number;
}

export const direct: Kernel<DirectSpec> = {
  name: "conv/direct",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quads", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_group", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["centre", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
  ],
  overrides: ["WORKGROUP", ...WINDOW_OVERRIDES],
  consts: ["TILE_PIXELS", "TILE_QUADS", "X_QUADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
  configure(spec, device) {
    const { x, y, tile, attributes } = spec;
    const xQuads = quadsOf(x.channels / attributes.groups);
    const yQuads = quadsOf(y.channels);
    // A loop of one turn takes SwiftShader as long as what is in it.
    const consts = {
      TILE_PIXELS: tile.pixels,
      TILE_QUADS: tile.quads,
      X_QUADS: xQuads === 1 ? 1 : 0,
    };
    return {
      overrides: { WORKGROUP: tile.workgroup, ...windowConstants(spec) },
      consts,
      imports: blockImports(device, tile),
      params: {
        ...windowParams(spec),
        x_quads: xQuads,
        y_quads: yQuads,
        centre: spec.centre ?? 0,
        y_group: quadsOf(y.channels / attributes.groups),
      },
      workgroups: [
        divideUp(y.height * y.width, tile.workgroup * tile.pixels),
        divideUp(yQuads, tile.quads),
        y.images,
      ],
    };
  },
};
