/** Contract of norm/layer.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { elementsOf, flatWorkgroups, rowLanes, splitLanes } from "../spec.ts";
import type { Flat } from "../spec.ts";
import deviation from "./deviation.wgsl?raw";
import source from "./layer.wgsl?raw";

export interface LayerNormSpec {
  readonly x: Flat;
  /** of the shape of x */
  readonly y: Flat;
  /** Elements that are normalised together. */
  readonly size: number;
  readonly epsilon: number;
}

export const layer: Kernel<LayerNormSpec> = {
  name: "norm/layer",
  source,
  files: { "norm/deviation": deviation },
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["y", "u32"],
    ["size", "u32"],
    ["rows", "u32"],
    ["epsilon", "f32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT"],
  consts: [],
  slots: [],
  configure({ x, y, size, epsilon }, device) {
    const rows = elementsOf(x) / size;
    const [workgroup, split] = rowLanes({ outer: rows, size, inner: 1, count: rows }, device);
    const grid = flatWorkgroups(rows, workgroup / split, device);
    return {
      ...splitLanes(workgroup, split),
      params: { x: x.offset, y: y.offset, size, rows, epsilon, grid_width: grid.width },
      workgroups: grid.workgroups,
    };
  },
};
