/** What the reference computes on: tensors whose float32 elements may still be float64. */
import type { OperatorAttributes, OperatorName } from "../graph/attributes.ts";
import type { ValueType } from "../graph/operators/operator.ts";
import { normalizeAxis, sizeOf, stridesOf } from "../graph/tensor.ts";
import type { DataType, Shape, Tensor, TensorArray } from "../graph/tensor.ts";

/** A tensor, or one whose elements have not been rounded to `dtype` yet. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DataType;
  readonly data: TensorArray | Float64Array;
}

/** One operator applied to operands; `outputs` are the types that its shape rule inferred. */
export interface Evaluation<K extends OperatorName> {
  /** `gather "roi.3"`: begins each error. */
  readonly where: string;
  /** An optional input that is absent is null or past the end. */
  readonly inputs: readonly Operand[];
  readonly attributes: OperatorAttributes[K];
  readonly outputs: readonly ValueType[];
}

/** Computes the elements of every output, in float64 or (where nothing is computed) as they were. */
export type Evaluate<K extends OperatorName> = (evaluation: Evaluation<K>) => Operand["data"][];

/** Rounds to the element type: float32 to nearest, int32 modulo 2^32, bool to 0 and 1. */
export function toTensor({ shape, dtype, data }: Operand): Tensor {
  if (!(data instanceof Float64Array)) return { shape, dtype, data };
  switch (dtype) {
    case "float32":
      return { shape, dtype, data: new Float32Array(data) };
    case "int32":
      return { shape, dtype, data: new Int32Array(data) };
    case "bool":
      return { shape, dtype, data: new Uint8Array(data.map((x) => (x ? 1 : 0))) };
  }
}

/** An empty array of the same kind. */
export function arrayLike(data: Operand["data"], length: number): Operand["data"] {
  return new (data.constructor as new (length: number) => Operand["data"])(length);
}

/** f of each element and its index; several times faster than `Float64Array.from`. */
export function mapElements(
  data: Operand["data"],
  f: (x: number, index: number) => number,
): Float64Array {
  const mapped = new Float64Array(data.length);
  for (let i = 0; i < mapped.length; i++) mapped[i] = f(data[i], i);
  return mapped;
}

/** For each element of `shape` in row-major order: start + sum of coordinate * stride. */
export function positions(shape: Shape, strides: readonly number[], start = 0): Float64Array {
  let table = Float64Array.of(start);
  shape.forEach((size, axis) => {
    const next = new Float64Array(table.length * size);
    for (let i = 0, to = 0; i < table.length; i++) {
      for (let k = 0; k < size; k++) next[to++] = table[i] + k * strides[axis];
    }
    table = next;
  });
  return table;
}

/** For each element of `to`, where it lies in an operand of shape `from` that broadcasts to it. */
export function broadcastPositions(from: Shape, to: Shape): Float64Array {
  const padded = [...to.slice(from.length).map(() => 1), ...from];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  return positions(to, strides);
}

/** Elements at `table`, in its order. */
export function pick(data: Operand["data"], table: Float64Array): Operand["data"] {
  const picked = arrayLike(data, table.length);
  for (let i = 0; i < picked.length; i++) picked[i] = data[table[i]];
  return picked;
}

/** A shape seen from one axis as [outer, size, inner]. */
export function splitAt(
  shape: Shape,
  axis: number,
): { outer: number; size: number; inner: number } {
  const at = normalizeAxis(axis, shape.length, "axis");
  return {
    outer: sizeOf(shape.slice(0, at)),
    size: shape[at],
    inner: sizeOf(shape.slice(at + 1)),
  };
}
