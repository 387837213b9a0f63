/** Contract of layout/strided-copy.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { elementsOf, flatWorkgroups } from "../spec.ts";
import type { Flat } from "../spec.ts";
import { axisFields, axisParams } from "./axes.ts";
import source from "./strided-copy.wgsl?raw";

export interface StridedCopySpec {
  readonly x: Flat;
  readonly y: Flat;
  /** What is copied: at most 6 axes. Starts and strides are in f32s from the starts of x and y. */
  readonly shape: readonly number[];
  readonly xStart: number;
  readonly xStrides: readonly number[];
  readonly yStart: number;
  readonly yStrides: readonly number[];
}

const WORKGROUP = 64;

export const stridedCopy: Kernel<StridedCopySpec> = {
  name: "layout/strided-copy",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "i32"],
    ["y", "i32"],
    ["count", "u32"],
    ["grid_width", "u32"],
    ...axisFields("d"),
    ...axisFields("x"),
    ...axisFields("y"),
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, shape, xStart, xStrides, yStart, yStrides }, device) {
    const { name } = stridedCopy;
    const count = elementsOf({ shape });
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset + xStart,
        y: y.offset + yStart,
        count,
        grid_width: grid.width,
        ...axisParams(name, "d", shape, 1),
        ...axisParams(name, "x", xStrides, 0),
        ...axisParams(name, "y", yStrides, 0),
      },
      workgroups: grid.workgroups,
    };
  },
};
