/** Strided views of row-major tensors, and strides of channel quads. */
import { stridesOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { FlatPlace } from "../storage.ts";

/** Strides of n, c, h and w; 0 for an axis that the tensor does not have. */
export function quadsStrides(
  strides: readonly number[],
  axes: readonly number[],
): [number, number, number, number] {
  const result: [number, number, number, number] = [0, 0, 0, 0];
  axes.forEach((axis, i) => (result[axis] = strides[i]));
  return result;
}

export function isContiguous({ shape, strides }: FlatPlace): boolean {
  const expected = stridesOf(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** A flat place seen in a shape that it broadcasts to. */
export function broadcastView(place: FlatPlace, shape: Shape): FlatPlace {
  const missing = shape.length - place.shape.length;
  const strides = shape.map((_, axis) => {
    const size = axis < missing ? 1 : place.shape[axis - missing];
    return size === 1 ? 0 : place.strides[axis - missing];
  });
  return { ...place, shape, strides };
}

/** Merges neighbouring axes that both sides walk as one, so that the copy has few axes. */
export function mergeAxes(
  shape: Shape,
  xStrides: readonly number[],
  yStrides: readonly number[],
): { shape: number[]; xStrides: number[]; yStrides: number[] } {
  const merged = { shape: [] as number[], xStrides: [] as number[], yStrides: [] as number[] };
  shape.forEach((size, axis) => {
    if (size === 1) return;
    const last = merged.shape.length - 1;
    const joins =
      last >= 0 &&
      merged.xStrides[last] === xStrides[axis] * size &&
      merged.yStrides[last] === yStrides[axis] * size;
    if (joins) {
      merged.shape[last] *= size;
      merged.xStrides[last] = xStrides[axis];
      merged.yStrides[last] = yStrides[axis];
    } else {
      merged.shape.push(size);
      merged.xStrides.push(xStrides[axis]);
      merged.yStrides.push(yStrides[axis]);
    }
  });
  return merged;
}
