/** Contract of linear/matmul.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { axisFields, axisParams, MAX_RANK } from "../layout/axes.ts";
import { elementsOf, flatWorkgroups } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./matmul.wgsl?raw";

export interface MatmulSpec {
  /** [..., M, K] */
  readonly a: Flat;
  /** [..., K, P] */
  readonly b: Flat;
  /** [..., M, P], the batch axes of a and b broadcast */
  readonly y: Flat;
}

const WORKGROUP = 64;
const BATCH_RANK = MAX_RANK - 2;

/** Strides of the batch axes of an operand, 0 where it has size 1. */
function batchStrides({ shape }: Flat): number[] {
  let stride = shape[shape.length - 2] * shape[shape.length - 1];
  const strides: number[] = [];
  for (let axis = shape.length - 3; axis >= 0; axis--) {
    strides.unshift(shape[axis] === 1 ? 0 : stride);
    stride *= shape[axis];
  }
  return strides;
}

export const matmul: Kernel<MatmulSpec> = {
  name: "linear/matmul",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["a", "u32"],
    ["b", "u32"],
    ["y", "u32"],
    ["rows", "u32"],
    ["depth", "u32"],
    ["columns", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
    ...axisFields("d", "u32", BATCH_RANK),
    ...axisFields("a", "u32", BATCH_RANK),
    ...axisFields("b", "u32", BATCH_RANK),
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ a, b, y }, device) {
    const { name } = matmul;
    const count = elementsOf(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        a: a.offset,
        b: b.offset,
        y: y.offset,
        rows: y.shape[y.shape.length - 2],
        depth: a.shape[a.shape.length - 1],
        columns: y.shape[y.shape.length - 1],
        count,
        grid_width: grid.width,
        ...axisParams(name, "d", y.shape.slice(0, -2), 1, BATCH_RANK),
        ...axisParams(name, "a", batchStrides(a), 0, BATCH_RANK),
        ...axisParams(name, "b", batchStrides(b), 0, BATCH_RANK),
      },
      workgroups: grid.workgroups,
    };
  },
};
