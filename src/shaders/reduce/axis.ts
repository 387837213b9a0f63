/** Contract of reduce/axis.wgsl. */
import type { ReduceKind } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, rowLanes, rowsOf, splitLanes } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./axis.wgsl?raw";

export interface ReduceAxisSpec {
  readonly x: Flat;
  /** x without the axis, or with size 1 there */
  readonly y: Flat;
  readonly axis: number;
  readonly kind: ReduceKind;
}

const KINDS: Record<ReduceKind, number> = { sum: 0, mean: 0, max: 1, min: 2, prod: 3 };

export const reduceAxis: Kernel<ReduceAxisSpec> = {
  name: "reduce/axis",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["y", "u32"],
    ["size", "u32"],
    ["inner", "u32"],
    ["rows", "u32"],
    ["divisor", "f32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT", "KIND"],
  consts: [],
  slots: [],
  configure({ x, y, axis, kind }, device) {
    const rows = rowsOf(x.shape, axis);
    const [workgroup, split] = rowLanes(rows, device);
    const grid = flatWorkgroups(rows.count, workgroup / split, device);
    const { overrides, imports } = splitLanes(workgroup, split);
    return {
      overrides: { ...overrides, KIND: KINDS[kind] },
      imports,
      params: {
        x: x.offset,
        y: y.offset,
        size: rows.size,
        inner: rows.inner,
        rows: rows.count,
        divisor: kind === "mean" ? rows.size : 1,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
