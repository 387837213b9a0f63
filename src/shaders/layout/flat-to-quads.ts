/** Contract of layout/flat-to-quads.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Flat, Quads } from "../spec.ts";
import { configureConversion } from "./quads.ts";
import type { FlatStrides } from "./quads.ts";
import source from "./flat-to-quads.wgsl?raw";

export interface FlatToQuadsSpec {
  readonly x: Flat;
  readonly y: Quads;
  /** of x */
  readonly strides: FlatStrides;
}

export const flatToQuads: Kernel<FlatToQuadsSpec> = {
  name: "layout/flat-to-quads",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_channel", "u32"],
    ["x_row", "u32"],
    ["x_column", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["channels", "u32"],
    ["quads", "u32"],
    ["area", "u32"],
    ["width", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, strides }, device) {
    return configureConversion(["y", "x"], y, x, strides, device);
  },
};
