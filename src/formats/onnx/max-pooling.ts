/** Max pools over any number of axes with indices, and what undoes them. */
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { readPoolWindow } from "./pool-window.ts";
import { binary, inPasses } from "./pooling-nd.ts";

const integer = (node: OnnxNode, value: number): Value => node.constant([], Int32Array.of(value));

/** For each channel of each image, how many elements lie before it in the whole tensor. */
function planeStarts(node: OnnxNode, [images, channels]: Shape, plane: number): Value {
  node.spend(images * channels);
  const starts = Int32Array.from({ length: images * channels }, (_, i) => i * plane);
  return node.constant([images, channels, 1, 1], starts);
}

/**
 * Indices of a pass are within its image. Those of the pass before are picked there, so that they
 * count all elements of the axes that are pooled by now.
 */
function joinIndices(node: OnnxNode, inPlane: Value, before: Value, pooled: number): Value {
  const { shape } = inPlane;
  const plane = sizeOf(before.shape) / (shape[0] * shape[1]);
  const columns = shape[3];
  const row = binary(node, "floorDivide", inPlane, integer(node, columns));
  const at = binary(node, "add", inPlane, planeStarts(node, shape, plane));
  const flat = node.reshape(before, [sizeOf(before.shape)]);
  const picked = node.op("gather", [flat, at], { axis: 0 });
  return binary(node, "add", binary(node, "mul", row, integer(node, pooled)), picked);
}

/** Indices that count columns first: the coordinates with their strides turned round. */
function columnMajor(node: OnnxNode, indices: Value, sizes: Shape): Value {
  let [rest, total] = [indices, null as Value | null];
  for (let axis = sizes.length - 1; axis >= 0; axis--) {
    const size = integer(node, sizes[axis]);
    const coordinate = axis === 0 ? rest : binary(node, "remainder", rest, size);
    const stride = integer(node, sizeOf(sizes.slice(0, axis)));
    const part = axis === 0 ? coordinate : binary(node, "mul", coordinate, stride);
    total = total ? binary(node, "add", total, part) : part;
    if (axis > 0) rest = binary(node, "floorDivide", rest, size);
  }
  return total!;
}

/** For indices into a whole tensor: the same within each plane, of this many elements. */
const PLANE_INDICES = new WeakMap<Value, { readonly indices: Value; readonly plane: number }>();

const maxPool: Converter = (node) => {
  const [images, channels, ...sizes] = node.input(0).shape;
  if (!node.outputs[1]) {
    return inPasses(node, (x, { attributes }) => node.op("maxPool2d", [x], attributes));
  }
  // Of the axes that are pooled already: the indices, and the elements that they count.
  let joined: { indices: Value; count: number } | null = null;
  const y = inPasses(node, (x, { shape, attributes }) => {
    const [greatest, inPlane] = node.apply("maxPool2dWithIndices", [x], attributes);
    joined = joined
      ? {
          indices: joinIndices(node, inPlane, joined.indices, joined.count),
          count: joined.count * shape[2],
        }
      : { indices: inPlane, count: shape[2] * shape[3] };
    return greatest;
  });
  const { indices } = joined as unknown as { indices: Value };
  const rowMajor = node.reshape(indices, [images, channels, 1, sizeOf(y.shape.slice(2))]);
  const isColumnMajor = node.int("storage_order", 0) === 1;
  const inPlane = isColumnMajor ? columnMajor(node, rowMajor, sizes) : rowMajor;
  const plane = sizeOf(sizes);
  const starts = planeStarts(node, [images, channels], plane);
  const whole = node.reshape(binary(node, "add", inPlane, starts), y.shape);
  if (!isColumnMajor) PLANE_INDICES.set(whole, { indices: rowMajor, plane });
  return [y, whole];
};

/** The indices of a node within each plane of its output; [N, C, H, W] with the last axis as W. */
function indicesInPlane(node: OnnxNode, shape: Shape, plane: number): Value {
  const given = node.input(1);
  const known = PLANE_INDICES.get(given);
  if (known?.plane === plane) return node.reshape(known.indices, shape);
  const indices = node.reshape(given, shape);
  return binary(node, "sub", indices, planeStarts(node, shape, plane));
}

/**
 * Indices count the whole tensor that kernel, strides and pads tell, also where `output_shape` is
 * larger: then the rest of it is 0. An index into another plane than that of its element is left out.
 */
const maxUnpool: Converter = (node) => {
  const x = node.input(0);
  const [images, channels, ...sizes] = x.shape;
  if (String(node.input(1).shape) !== String(x.shape)) {
    node.fail(`indices have shape ${node.input(1).shape.join("x")}, expected ${x.shape.join("x")}`);
  }
  const inferred = readPoolWindow(node).axes.map(
    ({ kernel, stride, before, after }, i) => (sizes[i] - 1) * stride - before - after + kernel,
  );
  const rows = (shape: Shape) => sizeOf(shape.slice(0, -1));
  const columns = (shape: Shape) => shape[shape.length - 1];
  const seen = [images, channels, rows(sizes), columns(sizes)];
  const indices = indicesInPlane(node, seen, sizeOf(inferred));
  const unpooled = node.op("maxUnpool2d", [node.reshape(x, seen), indices], {
    size: [rows(inferred), columns(inferred)],
  });
  const whole = [images, channels, ...inferred];
  const y = node.reshape(unpooled, whole);
  const wanted = node.numbers(2) ?? whole;
  const after = wanted.map((size, axis) => size - whole[axis]);
  if (wanted.length !== whole.length || after.some((size) => !(size >= 0))) {
    node.fail(`output_shape is ${wanted.join("x")}, expected at least ${whole.join("x")}`);
  }
  if (after.every((size) => size === 0)) return y;
  const before = after.map(() => 0);
  return node.op("pad", [y], { before, after, mode: "constant", value: 0 });
};

export const maxPooling: Record<string, Converter> = { MaxPool: maxPool, MaxUnpool: maxUnpool };
