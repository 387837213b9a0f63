/** Contract of f16/widen.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups } from "../spec.ts";
import source from "./widen.wgsl?raw";

export interface WidenSpec {
  /** The first elements of the arena and of the buffer. */
  readonly x: number;
  readonly y: number;
  readonly count: number;
}

const WORKGROUP = 64;

export const widen: Kernel<WidenSpec> = {
  name: "f16/widen",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["y", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, count }, device) {
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: { x, y, count, grid_width: grid.width },
      workgroups: grid.workgroups,
    };
  },
};
