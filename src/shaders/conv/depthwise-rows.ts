/** Contract of conv/depthwise-rows.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import { columnConstants } from "./depthwise.ts";
import type { DepthwiseSpec } from "./depthwise.ts";
import { windowParams } from "./window.ts";
import source from "./depthwise-rows.wgsl?raw";

/** As `conv/depthwise`, for a row dilation of 1; `tile.height` is the rows of a strip. */
export const depthwiseRows: Kernel<DepthwiseSpec> = {
  name: "conv/depthwise-rows",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
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
    ["strips_across", "u32"],
    ["strips", "u32"],
    ["tile_rows", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [
    "TILE_W",
    "KERNEL_H",
    "KERNEL_W",
    "STRIDE_H",
    "STRIDE_W",
    "DILATION_W",
    "SPAN_W",
    "STEP_W",
    "KEPT_ROWS",
  ],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
  configure(spec) {
    const { y, tile, kernel, attributes } = spec;
    const across = divideUp(y.width, tile.width);
    const strips = across * divideUp(y.height, tile.height);
    const yQuads = quadsOf(y.channels);
    return {
      overrides: { WORKGROUP: tile.workgroup },
      consts: {
        TILE_W: tile.width,
        KERNEL_H: kernel[0],
        KERNEL_W: kernel[1],
        STRIDE_H: attributes.stride[0],
        STRIDE_W: attributes.stride[1],
        DILATION_W: attributes.dilation[1],
        ...columnConstants(spec),
        KEPT_ROWS: kernel[0] - 1,
      },
      params: {
        ...windowParams(spec),
        y_quads: yQuads,
        strips_across: across,
        strips,
        tile_rows: tile.height,
      },
      workgroups: [divideUp(strips * yQuads, tile.workgroup), 1, y.images],
    };
  },
};
