/** Contract of elementwise/map.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import { broadcastStrides } from "../stage/stages.ts";
import source from "./map.wgsl?raw";

export interface MapSpec {
  readonly x: Quads;
  readonly y: Quads;
}

const WORKGROUP = 64;

export const map: Kernel<MapSpec> = {
  name: "elementwise/map",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quad", "u32"],
    ["x_pixel", "u32"],
    ["splat", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["area", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: ["store_y"],
  storesOnce: true,
  isElementwise: true,
  configure({ x, y }) {
    const strides = broadcastStrides(x, y);
    const area = y.height * y.width;
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: strides.image,
        x_quad: strides.quad,
        x_pixel: strides.pixel,
        splat: strides.splat,
        y: y.offset,
        y_image: y.imageStride,
        area,
      },
      workgroups: [divideUp(area, WORKGROUP), quadsOf(y.channels), y.images],
    };
  },
};
