/** Contract of sample/shift.wgsl. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./shift.wgsl?raw";

export interface ShiftSpec {
  readonly x: Quads;
  readonly y: Quads;
  readonly attributes: OperatorAttributes["shift"];
}

const WORKGROUP = 64;

export const shift: Kernel<ShiftSpec> = {
  name: "sample/shift",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["quads", "u32"],
    ["height", "u32"],
    ["width", "u32"],
    ["moved", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "KERNEL", "DILATION"],
  consts: [],
  slots: ["store_y"],
  configure({ x, y, attributes: { kernel, dilation } }, device) {
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP, KERNEL: kernel, DILATION: dilation },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        quads: quadsOf(y.channels),
        height: y.height,
        width: y.width,
        moved: y.channels - (y.channels % kernel ** 2),
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
