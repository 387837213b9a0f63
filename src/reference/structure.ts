/** Operators that move elements without computing (ONNX operators of the same names). */
import { ShapeError } from "../graph/errors.ts";
import { sizeOf, stridesOf } from "../graph/tensor.ts";
import type { Shape } from "../graph/tensor.ts";
import type { OperatorAttributes } from "../graph/attributes.ts";
import { arrayLike, broadcastPositions, pick, positions, splitAt } from "./operand.ts";
import type { Evaluate, Operand } from "./operand.ts";

/** The inputs one after the other along `axis`. */
export const concat: Evaluate<"concat"> = ({ inputs, attributes, outputs: [y] }) => {
  const { outer, size, inner } = splitAt(y.shape, attributes.axis);
  const data = new Float64Array(sizeOf(y.shape));
  let start = 0;
  for (const x of inputs) {
    const run = splitAt(x.shape, attributes.axis).size * inner;
    for (let o = 0; o < outer; o++) {
      data.set(x.data.subarray(o * run, (o + 1) * run), o * size * inner + start);
    }
    start += run;
  }
  return [data];
};

/** y[..i..] = x[..start + i * step..] */
export const slice: Evaluate<"slice"> = ({ inputs: [x], attributes, outputs: [y] }) => {
  const strides = stridesOf(x.shape);
  let first = 0;
  attributes.axes.forEach((axis, i) => {
    first += attributes.starts[i] * strides[axis];
    strides[axis] *= attributes.steps[i];
  });
  return [pick(x.data, positions(y.shape, strides, first))];
};

type PadMode = OperatorAttributes["pad"]["mode"];

/** Where along an axis an element at `i` (counted from the first real one) comes from. */
function padSource(i: number, size: number, mode: PadMode): number {
  const nearest = Math.min(Math.max(i, 0), size - 1);
  // Reflection does not repeat the border: -1 reads 1.
  return mode === "reflect" ? 2 * nearest - i : nearest;
}

/** y[i] = x[i - before], or beyond the border the value, the nearest or the mirrored element. */
export const pad: Evaluate<"pad"> = ({ inputs: [x], attributes }) => {
  const { before, after, mode, value } = attributes;
  let { data } = x;
  const shape = [...x.shape];
  for (let axis = 0; axis < shape.length; axis++) {
    if (!before[axis] && !after[axis]) continue;
    const { outer, size, inner } = splitAt(shape, axis);
    shape[axis] += before[axis] + after[axis];
    const padded = arrayLike(data, sizeOf(shape));
    for (let o = 0; o < outer; o++) {
      for (let i = 0; i < shape[axis]; i++) {
        const at = i - before[axis];
        const to = (o * shape[axis] + i) * inner;
        if (mode === "constant" && (at < 0 || at >= size)) padded.fill(value, to, to + inner);
        else {
          const from = (o * size + padSource(at, size, mode)) * inner;
          padded.set(data.subarray(from, from + inner), to);
        }
      }
    }
    data = padded;
  }
  return [data];
};

export const reshape: Evaluate<"reshape"> = ({ inputs: [x] }) => [x.data];

/** Axis i of y is axis perm[i] of x. */
export const transpose: Evaluate<"transpose"> = ({ inputs: [x], attributes, outputs: [y] }) => {
  const strides = stridesOf(x.shape);
  const permuted = attributes.perm.map((axis) => strides[axis]);
  return [pick(x.data, positions(y.shape, permuted))];
};

export const expand: Evaluate<"expand"> = ({ inputs: [x], outputs: [y] }) => [
  pick(x.data, broadcastPositions(x.shape, y.shape)),
];

function normalIndex(index: number, size: number, where: string, shape: Shape, axis: number) {
  const normal = index < 0 ? index + size : index;
  if (!(normal >= 0 && normal < size)) {
    throw new ShapeError(
      `${where}: index ${index} is outside of axis ${axis} of x of ${shape.join("x")}, ` +
        `expected ${-size}..${size - 1}`,
    );
  }
  return normal;
}

/**
 * y[outer, i, inner] = x[outer, indices[i], inner]; a negative index counts from the end.
 * @throws ShapeError when an index is outside of the axis
 */
export const gather: Evaluate<"gather"> = ({ where, inputs: [x, indices], attributes }) => {
  const { axis } = attributes;
  const { outer, size, inner } = splitAt(x.shape, axis);
  const count = indices.data.length;
  const data: Operand["data"] = arrayLike(x.data, outer * count * inner);
  for (let i = 0; i < count; i++) {
    const index = normalIndex(indices.data[i], size, where, x.shape, axis);
    for (let o = 0; o < outer; o++) {
      const from = (o * size + index) * inner;
      data.set(x.data.subarray(from, from + inner), (o * count + i) * inner);
    }
  }
  return [data];
};
