/** Operators along axes that are compositions: ArgMax, OneHot, CumSum, Trilu, Tile. */
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import { binary, fromStart, integers } from "./gathering.ts";
import type { Converter } from "./node.ts";

/** The last of equal extremes is the first of them counted from the end. */
const argumentOf =
  (largest: boolean): Converter =>
  (node) => {
    const x = node.input(0);
    const { length } = x.shape;
    const axis = normalizeAxis(node.int("axis", 0), length, node.where);
    const size = x.shape[axis];
    const isLast = node.int("select_last_index", 0) !== 0;
    const reverse = { axes: [axis], starts: [size - 1], sizes: [size], steps: [-1] };
    const from = isLast ? node.op("slice", [x], reverse) : x;
    const [, found] = node.apply("topK", [from], { k: 1, axis, largest });
    const last = integers(node, [], [size - 1]);
    const y = isLast ? binary(node, "sub", last, found) : found;
    return node.int("keepdims", 1) ? y : node.reshape(y, x.shape.toSpliced(axis, 1));
  };

/** `on` where the index along the new axis is that of the element, negative ones from the end. */
const oneHot: Converter = (node) => {
  const indices = node.input(0);
  const depth = node.number(1) ?? node.fail("depth is missing");
  const values = node.input(2);
  if (!Number.isInteger(depth) || depth < 0 || String(values.shape) !== "2") {
    node.fail(`depth is ${depth} and values have shape ${values.shape.join("x")}, expected 2`);
  }
  const rank = indices.shape.length + 1;
  const axis = normalizeAxis(node.int("axis", -1), rank, node.where);
  node.spend(depth);
  const places = integers(
    node,
    new Array<number>(rank).fill(1).with(axis, depth),
    Array.from({ length: depth }, (_, i) => i),
  );
  const normal = fromStart(node, indices, integers(node, [], [depth]));
  const column = node.reshape(normal, indices.shape.toSpliced(axis, 0, 1));
  const [off, on] = [0, 1].map((start) => {
    const cut = { axes: [0], starts: [start], sizes: [1], steps: [1] };
    return node.reshape(node.op("slice", [values], cut), []);
  });
  return node.op("where", [binary(node, "equal", column, places), on, off], {});
};

/** Sums of 1, 2, 4, .. elements: as many steps as the size has bits. */
const cumSum: Converter = (node) => {
  let y = node.input(0);
  const { shape, dtype } = y;
  const axis = normalizeAxis(node.number(1) ?? NaN, shape.length, node.where);
  const size = shape[axis];
  const isReversed = node.int("reverse", 0) !== 0;
  /** Zeros instead of the first elements (of the last, if reversed), the others moved by `by`. */
  const moved = (x: Value, by: number): Value => {
    const kept = { axes: [axis], starts: [isReversed ? by : 0], sizes: [size - by], steps: [1] };
    const zeros = shape.map((_, i) => (i === axis ? by : 0));
    const none = shape.map(() => 0);
    const [before, after] = isReversed ? [none, zeros] : [zeros, none];
    const part = node.op("slice", [x], kept);
    return node.op("pad", [part], { before, after, mode: "constant", value: 0 });
  };
  if (size === 0) return y;
  if (node.int("exclusive", 0) !== 0) y = moved(y, 1);
  for (let by = 1; by < size; by *= 2) y = binary(node, "add", y, moved(y, by));
  return y.dtype === dtype ? y : node.op("cast", [y], { to: dtype });
};

/** Zeros below the diagonal k, or above it. */
const trilu: Converter = (node) => {
  const x = node.input(0);
  const [height, width] = x.shape.slice(-2);
  if (x.shape.length < 2) node.fail(`x has rank ${x.shape.length}, expected at least 2`);
  const k = node.number(1) ?? 0;
  const isUpper = node.int("upper", 1) !== 0;
  node.spend(height * width);
  const mask = Uint8Array.from({ length: height * width }, (_, i) => {
    const diagonal = (i % width) - Math.floor(i / width);
    return Number(isUpper ? diagonal >= k : diagonal <= k);
  });
  const zero = x.dtype === "float32" ? node.scalar(0) : integers(node, [], [0]);
  return node.op("where", [node.constant([height, width], mask), x, zero], {});
};

/** One axis after the other: an axis before it is expanded. */
const tile: Converter = (node) => {
  let y = node.input(0);
  const repeats = node.numbers(1) ?? node.fail("repeats are missing");
  const isValid = repeats.every((count) => Number.isInteger(count) && count >= 0);
  if (repeats.length !== y.shape.length || !isValid) {
    node.fail(`repeats are ${repeats.join(", ")}, expected ${y.shape.length} numbers from 0`);
  }
  repeats.forEach((count, axis) => {
    if (count === 1) return;
    const { shape } = y;
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))];
    const apart = node.reshape(y, [outer, 1, inner]);
    const wide = node.op("expand", [apart], { shape: [outer, count, inner] });
    y = node.reshape(wide, shape.with(axis, shape[axis] * count));
  });
  return y;
};
export const axes: Record<string, Converter> = {
  ArgMax: argumentOf(true),
  ArgMin: argumentOf(false),
  OneHot: oneHot,
  CumSum: cumSum,
  Trilu: trilu,
  Tile: tile,
};
