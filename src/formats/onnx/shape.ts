/** Operators on shapes, and constants. */
import type { Value } from "../../graph/graph.ts";
import { allocate, broadcastShapes, normalizeAxis, sizeOf, tensor } from "../../graph/tensor.ts";
import type { TensorArray } from "../../graph/tensor.ts";
import { saturate } from "../numbers.ts";
import type { Converter, OnnxNode } from "./node.ts";

const toInt32 = (values: readonly number[]) => Int32Array.from(values, saturate);

const vector = (node: OnnxNode, data: TensorArray): Value => node.constant([data.length], data);

/** 0 keeps the size of that axis, -1 is what remains. */
const reshape: Converter = (node) => {
  const x = node.input(0);
  const given = node.numbers(1) ?? node.fail("input 1 is missing");
  const keepZero = node.int("allowzero", 0) === 1;
  const shape = given.map((size, axis) => (size === 0 && !keepZero ? x.shape[axis] : size));
  const rest = shape.indexOf(-1);
  if (rest >= 0) {
    const others = sizeOf(shape.toSpliced(rest, 1));
    shape[rest] = others === 0 ? NaN : sizeOf(x.shape) / others;
  }
  if (!shape.every((size) => Number.isInteger(size) && size >= 0)) {
    node.fail(`x of shape ${x.shape.join("x")} has no shape ${given.join(", ")}`);
  }
  return node.reshape(x, shape);
};

const flatten: Converter = (node) => {
  const x = node.input(0);
  const given = node.int("axis", 1);
  const rank = x.shape.length;
  const axis = given === rank ? rank : normalizeAxis(given, rank, node.where);
  return node.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))]);
};

const squeeze: Converter = (node) => {
  const x = node.input(0);
  const rank = x.shape.length;
  const given = node.intsOrInput("axes", 1);
  const axes = given?.map((axis) => normalizeAxis(axis, rank, node.where));
  const wide = axes?.find((axis) => x.shape[axis] !== 1);
  if (wide !== undefined) node.fail(`axis ${wide} has size ${x.shape[wide]}, expected 1`);
  const dropped = (size: number, axis: number) => (axes ? axes.includes(axis) : size === 1);
  return node.reshape(
    x,
    x.shape.filter((size, axis) => !dropped(size, axis)),
  );
};

const unsqueeze: Converter = (node) => {
  const x = node.input(0);
  const given = node.intsOrInput("axes", 1) ?? node.fail("axes are missing");
  const rank = x.shape.length + given.length;
  const axes = new Set(given.map((axis) => normalizeAxis(axis, rank, node.where)));
  if (axes.size !== given.length) node.fail(`axes ${given.join(", ")} repeat`);
  const sizes = x.shape.values();
  const shape = Array.from({ length: rank }, (_, axis) =>
    axes.has(axis) ? 1 : (sizes.next().value as number),
  );
  return node.reshape(x, shape);
};

const transpose: Converter = (node) => {
  const x = node.input(0);
  const axes = [...x.shape.keys()];
  const perm = node.ints("perm", axes.toReversed());
  return String(perm) === String(axes) ? x : node.op("transpose", [x], { perm });
};

const expand: Converter = (node) => {
  const x = node.input(0);
  const given = node.numbers(1) ?? node.fail("input 1 is missing");
  const shape = broadcastShapes(x.shape, given, node.where);
  return String(shape) === String(x.shape) ? x : node.op("expand", [x], { shape });
};

const shapeOf: Converter = (node) => {
  const { shape } = node.input(0);
  return vector(node, toInt32(shape.slice(node.int("start", 0), node.int("end", shape.length))));
};

/** Values given by name, one for each kind that has numbers. */
const constant: Converter = (node) => {
  if (node.has("value")) {
    const { shape, data } = node.tensor("value");
    return node.constant(shape, data);
  }
  if (node.has("value_float")) return node.scalar(node.float("value_float"));
  if (node.has("value_int")) return node.constant([], toInt32([node.int("value_int")]));
  if (node.has("value_ints")) return vector(node, toInt32(node.ints("value_ints")));
  if (!node.has("value_floats")) node.fail("strings and sparse tensors are not supported");
  return vector(node, Float32Array.from(node.floats("value_floats")));
};

const constantOfShape: Converter = (node) => {
  const shape = node.numbers(0) ?? node.fail("input 0 is missing");
  const value = node.tensor("value", tensor([1], Float32Array.of(0)));
  const size = sizeOf(shape);
  if (!shape.every((axis) => axis >= 0) || value.data.length !== 1) {
    node.fail(`shape is ${shape.join(", ")} and value has ${value.data.length} elements`);
  }
  node.spend(size);
  return node.constant(shape, allocate(value.dtype, size).fill(value.data[0]));
};

const range: Converter = (node) => {
  const [start, limit, delta] = [0, 1, 2].map((index) => node.number(index) ?? NaN);
  const count = Math.max(Math.ceil((limit - start) / delta), 0);
  if (!Number.isFinite(count)) node.fail(`${start} to ${limit} by ${delta} is not a range`);
  node.spend(count);
  const data = allocate(node.input(0).dtype, count);
  return vector(
    node,
    data.map((_, i) => start + i * delta),
  );
};

/** In training elements are dropped, which is not supported; else the mask keeps all. */
const dropout: Converter = (node) => {
  const x = node.input(0);
  const trains = node.number(2) === 1 && node.number(1) !== 0;
  if (trains) node.fail("training_mode is not supported: which elements are dropped is random");
  if (node.outputs.length < 2) return x;
  node.spend(sizeOf(x.shape));
  return [x, node.constant(x.shape, new Uint8Array(sizeOf(x.shape)).fill(1))];
};

export const shape: Record<string, Converter> = {
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Shape: shapeOf,
  Size: (node) => node.constant([], toInt32([sizeOf(node.input(0).shape)])),
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Range: range,
  Identity: (node) => node.input(0),
  Dropout: dropout,
};
