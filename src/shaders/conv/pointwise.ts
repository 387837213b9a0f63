/** Contract of conv/pointwise.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import { blockImports } from "./weights.ts";
import source from "./pointwise.wgsl?raw";

/** Pixels and quads that one invocation computes, and invocations of a workgroup. */
export interface Tile {
  readonly pixels: number;
  readonly quads: number;
  readonly workgroup: number;
  /** Each invocation loads its weights itself, where the device could broadcast them too. */
  readonly plain?: boolean;
}

export interface PointwiseSpec {
  readonly x: Quads;
  readonly y: Quads;
  readonly weight: Packed;
  readonly bias: Packed;
  readonly tile: Tile;
}

export const pointwise: Kernel<PointwiseSpec> = {
  name: "conv/pointwise",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quads", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["area", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: ["TILE_PIXELS", "TILE_QUADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
  configure({ x, y, weight, bias, tile }, device) {
    const area = y.height * y.width;
    const yQuads = quadsOf(y.channels);
    return {
      overrides: { WORKGROUP: tile.workgroup },
      consts: { TILE_PIXELS: tile.pixels, TILE_QUADS: tile.quads },
      imports: blockImports(device, tile),
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels),
        y: y.offset,
        y_image: y.imageStride,
        y_quads: yQuads,
        weight: weight.offset,
        bias: bias.offset,
        area,
      },
      workgroups: [
        divideUp(area, tile.workgroup * tile.pixels),
        divideUp(yQuads, tile.quads),
        y.images,
      ],
    };
  },
};
