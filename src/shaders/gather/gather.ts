/** Contract of gather/gather.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { elementsOf, flatWorkgroups, rowsOf } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./gather.wgsl?raw";

export interface GatherSpec {
  readonly x: Flat;
  /** Integers as f32; negative ones count from the end of the axis, others are clamped to it. */
  readonly indices: Flat;
  /** x with the axis replaced by the shape of indices */
  readonly y: Flat;
  readonly axis: number;
}

const WORKGROUP = 64;

export const gather: Kernel<GatherSpec> = {
  name: "gather/gather",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["indices", "u32"],
    ["y", "u32"],
    ["size", "i32"],
    ["inner", "u32"],
    ["indices_count", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, indices, y, axis }, device) {
    const { outer, size, inner } = rowsOf(x.shape, axis);
    const indicesCount = elementsOf(indices);
    const count = outer * indicesCount * inner;
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        indices: indices.offset,
        y: y.offset,
        size,
        inner,
        indices_count: indicesCount,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
