/** Contract of f16/narrow.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, flatWorkgroups } from "../spec.ts";
import source from "./narrow.wgsl?raw";

export interface NarrowSpec {
  /** The first element of the arena that is filled; a multiple of 4. */
  readonly y: number;
  readonly count: number;
}

const WORKGROUP = 64;

export const narrow: Kernel<NarrowSpec> = {
  name: "f16/narrow",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["y", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ y, count }, device) {
    const words = divideUp(count, 2);
    const grid = flatWorkgroups(words, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: { y: y / 2, count: words, grid_width: grid.width },
      workgroups: grid.workgroups,
    };
  },
};
