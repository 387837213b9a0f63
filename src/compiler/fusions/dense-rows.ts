/** The weights and the bias of a layer as dense rows in an order of their own. */
import { lazyTensor } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";

/** Weights [O, I / groups, ...] of one tap as [rows, I, ...]; rows of zeros where `rows` has -1. */
export function denseRows(weight: Tensor, groups: number, rows: readonly number[]): Tensor {
  const [outs, columns, ...kernel] = weight.shape;
  return lazyTensor([rows.length, columns * groups, ...kernel], () => {
    const { data } = weight;
    const dense = new Float32Array(rows.length * columns * groups);
    rows.forEach((row, i) => {
      if (row < 0) return;
      const group = Math.floor((row * groups) / outs);
      const weights = data.subarray(row * columns, (row + 1) * columns);
      dense.set(weights, (i * groups + group) * columns);
    });
    return dense;
  });
}

/** A bias in this order; zeros where `rows` has -1. */
export function orderedBias(bias: Tensor, rows: readonly number[]): Tensor {
  return lazyTensor([rows.length], () => {
    const { data } = bias;
    return Float32Array.from(rows, (row) => (row < 0 ? 0 : data[row]));
  });
}
