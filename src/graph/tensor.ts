/** Shapes, element types and host tensors. */
import { ShapeError } from "./errors.ts";

/** Sizes of the axes, outermost first; an activation is [N, C, H, W]. */
export type Shape = readonly number[];

/**
 * Element types of the intermediate representation. Importers narrow int64 to int32 and widen
 * float16 to float32. On the GPU integers and booleans are kept as f32 (exact up to 2^24).
 */
export type DataType = "float32" | "int32" | "bool";

export type TensorArray = Float32Array | Int32Array | Uint8Array;

/** A tensor in host memory, row-major. `bool` is a Uint8Array of 0 and 1. */
export interface Tensor {
  readonly shape: Shape;
  readonly dtype: DataType;
  readonly data: TensorArray;
}

/**
 * A tensor whose elements are computed when they are read, and kept no longer than a reader holds
 * them: a pass that changes weights costs nothing before their upload.
 */
export function lazyTensor(
  shape: Shape,
  make: () => TensorArray,
  dtype: DataType = "float32",
): Tensor {
  let known: WeakRef<TensorArray> | undefined;
  return {
    shape,
    dtype,
    get data() {
      let data = known?.deref();
      if (!data) known = new WeakRef((data = make()));
      return data;
    },
  };
}

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** `1x3x224x224`, or `scalar`. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? "scalar" : shape.join("x");
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Row-major strides in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1] * shape[axis + 1];
  }
  return strides;
}

/**
 * The shape that two operands broadcast to, by the rule of NumPy, PyTorch and ONNX.
 * @throws ShapeError when a pair of sizes differs and neither is 1.
 */
export function broadcastShapes(a: Shape, b: Shape, where = "broadcast"): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const sizeA = a[axis - rank + a.length] ?? 1;
    const sizeB = b[axis - rank + b.length] ?? 1;
    if (sizeA !== sizeB && sizeA !== 1 && sizeB !== 1) {
      throw new ShapeError(
        `${where}: shapes ${formatShape(a)} and ${formatShape(b)} do not broadcast: ` +
          `axis ${axis} has ${sizeA} and ${sizeB}, expected equal sizes or 1`,
      );
    }
    return sizeA === 1 ? sizeB : sizeA;
  });
}

/** A negative axis counts from the end. @throws ShapeError when it is outside of the rank. */
export function normalizeAxis(axis: number, rank: number, where: string): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank) {
    throw new ShapeError(
      `${where}: axis ${axis} is outside of rank ${rank}, expected ${-rank}..${rank - 1}`,
    );
  }
  return axis < 0 ? axis + rank : axis;
}

/**
 * A tensor from its parts.
 * @throws ShapeError when the number of elements is not that of the shape.
 */
export function tensor(shape: Shape, data: TensorArray, where = "tensor"): Tensor {
  const dtype: DataType =
    data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "bool";
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      `${where}: ${data.length} elements given, but shape ${formatShape(shape)} has ${sizeOf(shape)}`,
    );
  }
  return { shape: [...shape], dtype, data };
}

/** The first `count` rows of a tensor, along axis 0. */
export function firstRows({ shape, dtype, data }: Tensor, count: number): Tensor {
  const [most, ...rest] = shape;
  const rows = Math.min(most, count);
  return { shape: [rows, ...rest], dtype, data: data.slice(0, rows * sizeOf(rest)) };
}

/** An array of the type that holds `dtype`, filled with zeros. */
export function allocate(dtype: DataType, length: number): TensorArray {
  switch (dtype) {
    case "float32":
      return new Float32Array(length);
    case "int32":
      return new Int32Array(length);
    case "bool":
      return new Uint8Array(length);
  }
}
