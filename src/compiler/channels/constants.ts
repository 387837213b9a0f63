/** Weights and operands in the order in which channels lie. Lanes without a channel get zeros. */
import type { Value } from "../../graph/graph.ts";
import { constantValue } from "../../graph/rewrite.ts";
import { lazyTensor, sizeOf } from "../../graph/tensor.ts";
import type { Lanes } from "./lanes.ts";

/** Picks rows along `axis`: row i of the result is row `rows[i]`, zeros where that is -1. */
export function arrange(value: Value, axis: number, rows: Lanes): Value {
  const constant = value.constant!;
  const { shape, dtype } = constant;
  const inner = sizeOf(shape.slice(axis + 1));
  const outer = sizeOf(shape.slice(0, axis));
  const to = shape.map((size, at) => (at === axis ? rows.length : size));
  const pick = (): Float32Array => {
    const { data } = constant;
    const result = new Float32Array(outer * rows.length * inner);
    for (let o = 0; o < outer; o++) {
      rows.forEach((row, i) => {
        if (row < 0) return;
        const from = (o * shape[axis] + row) * inner;
        const at = (o * rows.length + i) * inner;
        for (let k = 0; k < inner; k++) result[at + k] = data[from + k];
      });
    }
    return result;
  };
  return constantValue(lazyTensor(to, pick, dtype), value.name);
}

/**
 * The weight [O, I / groups, ...] of a dense reader. `columns`: the input channel in each lane that
 * it reads, group by group; `rows`: the output channel in each lane that it writes.
 */
export function arrangeWeight(value: Value, columns: Lanes, rows: Lanes, groups: number): Value {
  const constant = value.constant!;
  const { shape } = constant;
  const [outs, ins] = shape;
  const kernel = sizeOf(shape.slice(2));
  const width = columns.length / groups;
  const perGroup = rows.length / groups;
  const pick = (): Float32Array => {
    const { data } = constant;
    const result = new Float32Array(rows.length * width * kernel);
    rows.forEach((row, r) => {
      if (row < 0) return;
      const group = Math.floor(r / perGroup);
      const firstChannel = Math.floor((row * groups) / outs) * ins;
      for (let c = 0; c < width; c++) {
        const channel = columns[group * width + c];
        if (channel < 0) continue;
        const from = (row * ins + channel - firstChannel) * kernel;
        const at = (r * width + c) * kernel;
        for (let k = 0; k < kernel; k++) result[at + k] = data[from + k];
      }
    });
    return result;
  };
  return constantValue(lazyTensor([rows.length, width, ...shape.slice(2)], pick), value.name);
}
