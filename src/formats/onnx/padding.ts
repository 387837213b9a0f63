/** Pad in general: by wrapping round, by reflection more than once, with a value that is computed. */
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { readPads, structure } from "./structure.ts";

/** Where along an axis of `size` the element at `i` comes from. */
const SOURCES = {
  wrap: (i: number, size: number) => i - size * Math.floor(i / size),
  edge: (i: number, size: number) => Math.min(Math.max(i, 0), size - 1),
  /** Back and forth, without repeating the ends. */
  reflect: (i: number, size: number) => {
    const period = Math.max(2 * (size - 1), 1);
    const rest = i - period * Math.floor(i / period);
    return Math.min(rest, period - rest) % size;
  },
};

/** Takes the elements of the padded axes by their places, one axis after the other. */
function padByPlaces(node: OnnxNode, mode: keyof typeof SOURCES): Value {
  let y = node.input(0);
  const { before, after } = readPads(node, y.shape.length);
  y.shape.forEach((size, axis) => {
    if (before[axis] === 0 && after[axis] === 0) return;
    const count = size + before[axis] + after[axis];
    if (count < 0 || size === 0) node.fail(`axis ${axis} of size ${size} cannot be padded`);
    node.spend(count);
    const places = Int32Array.from({ length: count }, (_, i) =>
      SOURCES[mode](i - before[axis], size),
    );
    y = node.op("gather", [y, node.constant([count], places)], { axis });
  });
  return y;
}

/** Zeros first, and where they are, the value. */
function padWithValue(node: OnnxNode, value: Value): Value {
  const x = node.input(0);
  const { before, after } = readPads(node, x.shape.length);
  const pads = {
    before: before.map((size) => Math.max(size, 0)),
    after: after.map((size) => Math.max(size, 0)),
  };
  const inside = x.shape.map(
    (size, axis) => size + Math.min(before[axis], 0) + Math.min(after[axis], 0),
  );
  node.spend(sizeOf(inside));
  const ones = node.constant(inside, new Uint8Array(sizeOf(inside)).fill(1));
  const mask = node.op("pad", [ones], { ...pads, mode: "constant", value: 0 });
  const cut = node.op("slice", [x], {
    axes: [...x.shape.keys()],
    starts: before.map((size) => Math.max(-size, 0)),
    sizes: inside,
    steps: inside.map(() => 1),
  });
  const padded = node.op("pad", [cut], { ...pads, mode: "constant", value: 0 });
  return node.op("where", [mask, padded, node.reshape(value, [])], {});
}

const pad: Converter = (node) => {
  const modes = ["constant", "reflect", "edge", "wrap"] as const;
  const mode = node.choice("mode", modes, "constant");
  const value = node.opset < 11 ? null : node.optional(2);
  if (mode === "constant") {
    return value && !value.constant ? padWithValue(node, value) : structure.Pad(node);
  }
  const { shape } = node.input(0);
  const { before, after } = readPads(node, shape.length);
  const fits = shape.every((size, axis) => before[axis] < size && after[axis] < size);
  const cuts = [...before, ...after].some((size) => size < 0);
  return mode === "wrap" || (mode === "reflect" && !fits) || cuts
    ? padByPlaces(node, mode)
    : structure.Pad(node);
};

export const padding: Record<string, Converter> = { Pad: pad };
