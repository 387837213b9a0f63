/** Contract of layout/quads-to-flat.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import type { Flat, Quads } from "../spec.ts";
import { configureConversion } from "./quads.ts";
import type { FlatStrides } from "./quads.ts";
import source from "./quads-to-flat.wgsl?raw";

export interface QuadsToFlatSpec {
  readonly x: Quads;
  readonly y: Flat;
  /** of y */
  readonly strides: FlatStrides;
}

export const quadsToFlat: Kernel<QuadsToFlatSpec> = {
  name: "layout/quads-to-flat",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["channels", "u32"],
    ["quads", "u32"],
    ["area", "u32"],
    ["width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_channel", "u32"],
    ["y_row", "u32"],
    ["y_column", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, strides }, device) {
    return configureConversion(["x", "y"], x, y, strides, device);
  },
};
