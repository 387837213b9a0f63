/** Contract of conv/pooled.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import type { Tile } from "./pointwise.ts";
import { blockImports } from "./weights.ts";
import source from "./pooled.wgsl?raw";

export interface PooledSpec {
  readonly x: Quads;
  readonly y: Quads;
  /** Blocks of one tap: a weight over the pixels of a window. */
  readonly weight: Packed;
  readonly bias: Packed;
  /** [h, w] of a window */
  readonly kernel: readonly [number, number];
  readonly tile: Tile;
}

export const pooled: Kernel<PooledSpec> = {
  name: "conv/pooled",
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
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
  ],
  overrides: ["WORKGROUP", "KERNEL_H", "KERNEL_W"],
  consts: ["TILE_PIXELS", "TILE_QUADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  configure({ x, y, weight, bias, kernel, tile }, device) {
    const yQuads = quadsOf(y.channels);
    return {
      overrides: { WORKGROUP: tile.workgroup, KERNEL_H: kernel[0], KERNEL_W: kernel[1] },
      consts: { TILE_PIXELS: tile.pixels, TILE_QUADS: tile.quads },
      imports: blockImports(device, tile),
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels),
        x_height: x.height,
        x_width: x.width,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: yQuads,
        y_height: y.height,
        y_width: y.width,
        weight: weight.offset,
        bias: bias.offset,
      },
      workgroups: [
        divideUp(y.height * y.width, tile.workgroup * tile.pixels),
        divideUp(yQuads, tile.quads),
        y.images,
      ],
    };
  },
};
