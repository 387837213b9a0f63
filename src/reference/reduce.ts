/** Reductions over axes (ONNX ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceProd). */
import { normalizeAxis, sizeOf, stridesOf } from "../graph/tensor.ts";
import type { ReduceKind } from "../graph/attributes.ts";
import { positions } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

type Step = readonly [start: number, step: (sum: number, x: number) => number];

const add: Step = [0, (sum, x) => sum + x];
const STEPS: Record<ReduceKind, Step> = {
  mean: add,
  sum: add,
  max: [-Infinity, Math.max],
  min: [Infinity, Math.min],
  prod: [1, (product, x) => product * x],
};

/** Every element of x is taken into the one element of y that has its coordinates on the kept axes. */
export const reduce: Evaluate<"reduce"> = ({ where, inputs: [x], attributes, outputs: [y] }) => {
  const axes = attributes.axes.map((axis) => normalizeAxis(axis, x.shape.length, where));
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  const strides = stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
  const [start, float] = STEPS[attributes.kind];
  // A product of int32 can pass 2^53, where float64 loses the lowest bits.
  const step = attributes.kind === "prod" && x.dtype === "int32" ? Math.imul : float;
  const data = new Float64Array(sizeOf(y.shape)).fill(start);
  positions(x.shape, strides).forEach((at, i) => {
    data[at] = step(data[at], x.data[i]);
  });
  const count = attributes.kind === "mean" ? x.data.length / data.length : 1;
  return [data.map((sum) => sum / count)];
};
