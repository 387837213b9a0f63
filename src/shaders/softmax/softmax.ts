/** Contract of softmax/softmax.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, rowLanes, rowsOf, splitLanes } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./softmax.wgsl?raw";

export interface SoftmaxSpec {
  readonly x: Flat;
  /** of the same shape; may be x itself */
  readonly y: Flat;
  readonly axis: number;
  readonly log?: boolean;
}

export const softmax: Kernel<SoftmaxSpec> = {
  name: "softmax/softmax",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["y", "u32"],
    ["size", "u32"],
    ["inner", "u32"],
    ["rows", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT", "LOG"],
  consts: [],
  slots: [],
  configure({ x, y, axis, log = false }, device) {
    const rows = rowsOf(x.shape, axis);
    const [workgroup, split] = rowLanes(rows, device);
    const grid = flatWorkgroups(rows.count, workgroup / split, device);
    const { overrides, imports } = splitLanes(workgroup, split);
    return {
      overrides: { ...overrides, LOG: Number(log) },
      imports,
      params: {
        x: x.offset,
        y: y.offset,
        size: rows.size,
        inner: rows.inner,
        rows: rows.count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
