/** Pools, reductions and softmax. */
import type { ReduceKind } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { checkImage, readWindow } from "./window.ts";

const maxPool: Converter = (node) => {
  checkImage(node);
  const { automatic, ...window } = readWindow(node);
  const ceilMode = !automatic && node.int("ceil_mode", 0) === 1;
  return node.op("maxPool2d", [node.input(0)], { ...window, ceilMode });
};

const averagePool: Converter = (node) => {
  checkImage(node);
  const { automatic, kernel, stride, padding, dilation } = readWindow(node);
  if (String(dilation) !== "1,1") {
    node.fail(`dilations ${dilation.join("x")} are not supported, expected 1x1`);
  }
  const ceilMode = !automatic && node.int("ceil_mode", 0) === 1;
  const countIncludePad = node.int("count_include_pad", 0) === 1;
  const attributes = { kernel, stride, padding, ceilMode, countIncludePad };
  return node.op("averagePool2d", [node.input(0)], attributes);
};

/** The mean over H and W of an image is a global average pool, which has kernels of its own. */
function reduced(
  node: OnnxNode,
  x: Value,
  kind: ReduceKind,
  axes: readonly number[],
  keepDims: boolean,
): Value {
  const overImage = x.shape.length === 4 && [...axes].sort().join() === "2,3";
  if (kind !== "mean" || !overImage || x.constant) {
    return node.op("reduce", [x], { kind, axes, keepDims });
  }
  const y = node.op("globalAveragePool", [x], {});
  return keepDims ? y : node.reshape(y, x.shape.slice(0, 2));
}

const globalPool =
  (kind: ReduceKind): Converter =>
  (node) => {
    const x = node.input(0);
    return reduced(node, x, kind, [...x.shape.keys()].slice(2), true);
  };

/** The axes of a reduction; null where it is told to reduce nothing. */
export function reducedAxes(node: OnnxNode): number[] | null {
  const { shape } = node.input(0);
  const given = node.intsOrInput("axes", 1) ?? [];
  if (given.length === 0 && node.int("noop_with_empty_axes", 0) === 1) return null;
  const axes = given.map((axis) => normalizeAxis(axis, shape.length, node.where));
  return axes.length ? [...new Set(axes)] : [...shape.keys()];
}

const reduce =
  (kind: ReduceKind): Converter =>
  (node) => {
    const x = node.input(0);
    const axes = reducedAxes(node);
    return axes ? reduced(node, x, kind, axes, node.int("keepdims", 1) === 1) : x;
  };

/** Applies f along the axis of a softmax. Until opset 12 all axes from `axis` on are one. */
export function alongAxis(node: OnnxNode, f: (x: Value, axis: number) => Value): Value {
  const x = node.input(0);
  const { shape } = x;
  const old = node.opset < 13;
  const axis = normalizeAxis(node.int("axis", old ? 1 : -1), shape.length, node.where);
  const inner = sizeOf(shape.slice(axis));
  if (!old || inner === shape[axis]) return f(x, axis);
  const flat = node.reshape(x, [sizeOf(shape.slice(0, axis)), inner]);
  return node.reshape(f(flat, 1), shape);
}

export const pooling: Record<string, Converter> = {
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalPool("mean"),
  GlobalMaxPool: globalPool("max"),
  ReduceMean: reduce("mean"),
  ReduceSum: reduce("sum"),
  ReduceMax: reduce("max"),
  ReduceMin: reduce("min"),
  ReduceProd: reduce("prod"),
  Softmax: (node) => alongAxis(node, (x, axis) => node.op("softmax", [x], { axis })),
};
