/** GatherElements and GatherND: places in flat x, by which one gather takes what they name. */
import type { BinaryKind } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf, stridesOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";

/** Places are floats on the GPU, which are exact up to here. */
const MOST_PLACES = 2 ** 24;
export const binary = (node: OnnxNode, kind: BinaryKind, a: Value, b: Value): Value =>
  node.op("binary", [a, b], { kind });

export const integers = (node: OnnxNode, shape: Shape, data: ArrayLike<number>): Value =>
  node.constant(shape, Int32Array.from(data));

/** Negative indices count from the end. `size`: one number, or one for each along the last axis. */
export function fromStart(node: OnnxNode, indices: Value, size: Value): Value {
  const isNegative = binary(node, "less", indices, integers(node, [], [0]));
  const turns = node.op("cast", [isNegative], { to: "int32" });
  return binary(node, "add", indices, binary(node, "mul", turns, size));
}

function checkPlaces(node: OnnxNode, shape: Shape): void {
  if (sizeOf(shape) > MOST_PLACES) {
    node.fail(`x of shape ${shape.join("x")} has more than 2^24 elements to choose from`);
  }
}

/** For each element of `shape` in row-major order, a number of its coordinates. */
function perElement(
  node: OnnxNode,
  shape: Shape,
  number: (coordinates: readonly number[]) => number,
): Value {
  node.spend(sizeOf(shape));
  const strides = stridesOf(shape);
  const data = Int32Array.from({ length: sizeOf(shape) }, (_, i) =>
    number(strides.map((stride, axis) => Math.floor(i / stride) % shape[axis])),
  );
  return node.constant(shape, data);
}

/** The places in flat x of elements that differ from those of `indices` on one axis only. */
export function placesAlong(node: OnnxNode, x: Value, indices: Value, axis: number): Value {
  const { shape } = x;
  const isSmaller = indices.shape.every((size, i) => i === axis || size <= shape[i]);
  if (indices.shape.length !== shape.length || !isSmaller) {
    node.fail(
      `indices of shape ${indices.shape.join("x")} do not fit x of shape ${shape.join("x")}`,
    );
  }
  checkPlaces(node, shape);
  const strides = stridesOf(shape);
  const rest = perElement(node, indices.shape, (at) =>
    at.reduce((sum, i, other) => sum + (other === axis ? 0 : i * strides[other]), 0),
  );
  const normal = fromStart(node, indices, integers(node, [], [shape[axis]]));
  return binary(
    node,
    "add",
    binary(node, "mul", normal, integers(node, [], [strides[axis]])),
    rest,
  );
}

const gatherElements: Converter = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = normalizeAxis(node.int("axis", 0), x.shape.length, node.where);
  const places = placesAlong(node, x, indices, axis);
  return node.op("gather", [node.reshape(x, [sizeOf(x.shape)]), places], { axis: 0 });
};

export interface Slices {
  /** The slice that each tuple of indices names. */
  readonly places: Value;
  /** Number of slices of x, and the shape of one. */
  readonly count: number;
  readonly inner: Shape;
}

/** Tuples of indices along the last axis, each of a slice of x. */
export function placesOfTuples(node: OnnxNode, x: Value, indices: Value, batch = 0): Slices {
  const length = indices.shape.at(-1) ?? 0;
  const { shape } = x;
  const named = shape.slice(batch, batch + length);
  const isBatch = shape.slice(0, batch).every((size, axis) => indices.shape[axis] === size);
  if (
    length < 1 ||
    batch < 0 ||
    batch >= indices.shape.length ||
    named.length < length ||
    !isBatch
  ) {
    node.fail(
      `indices of shape ${indices.shape.join("x")} do not fit x of shape ${shape.join("x")} with ` +
        `${batch} batch axes`,
    );
  }
  checkPlaces(node, shape);
  const normal = fromStart(node, indices, integers(node, [length], named));
  const strides = integers(node, [length], stridesOf(named));
  const parts = binary(node, "mul", normal, strides);
  const axes = [indices.shape.length - 1];
  let places = node.op("reduce", [parts], { kind: "sum", axes, keepDims: false });
  if (batch > 0) {
    const outer = shape.slice(0, batch);
    const ones = indices.shape.slice(batch, -1).map(() => 1);
    const step = sizeOf(named);
    const first = Array.from({ length: sizeOf(outer) }, (_, i) => i * step);
    places = binary(node, "add", places, integers(node, [...outer, ...ones], first));
  }
  const end = batch + length;
  return { places, count: sizeOf(shape.slice(0, end)), inner: shape.slice(end) };
}

const gatherNd: Converter = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const { places, count, inner } = placesOfTuples(node, x, indices, node.int("batch_dims", 0));
  const rows = node.reshape(x, [count, sizeOf(inner)]);
  const y = node.op("gather", [rows, places], { axis: 0 });
  return node.reshape(y, [...places.shape, ...inner]);
};

export const gathering: Record<string, Converter> = {
  GatherElements: gatherElements,
  GatherND: gatherNd,
};
