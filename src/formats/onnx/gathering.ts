/** Operators that pick elements by indices, or put them there: compositions of gather. */
import type { BinaryKind } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf, stridesOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { saturate } from "../numbers.ts";
import type { Converter, OnnxNode } from "./node.ts";

/** Places are floats on the GPU, which are exact up to here. */
const MOST_PLACES = 2 ** 24;
/** Elements of the matrix that tells which update goes where, if the indices are computed. */
const MOST_PAIRS = 2 ** 22;
/** How often one element may be updated by constant indices. */
const MOST_ROUNDS = 64;

const binary = (node: OnnxNode, kind: BinaryKind, a: Value, b: Value): Value =>
  node.op("binary", [a, b], { kind });

const integers = (node: OnnxNode, shape: Shape, data: ArrayLike<number>): Value =>
  node.constant(shape, Int32Array.from(data));

/** Negative indices count from the end. `size`: one number, or one for each along the last axis. */
function fromStart(node: OnnxNode, indices: Value, size: Value): Value {
  const isNegative = binary(node, "less", indices, integers(node, [], [0]));
  return binary(node, "add", indices, binary(node, "mul", isNegative, size));
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
function placesAlong(node: OnnxNode, x: Value, indices: Value, axis: number): Value {
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

interface Slices {
  /** The slice that each tuple of indices names. */
  readonly places: Value;
  /** Number of slices of x, and the shape of one. */
  readonly count: number;
  readonly inner: Shape;
}

/** Tuples of indices along the last axis, each of a slice of x. */
function placesOfTuples(node: OnnxNode, x: Value, indices: Value, batch = 0): Slices {
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

const REDUCTIONS = {
  none: null,
  add: { kind: "add", neutral: 0 },
  mul: { kind: "mul", neutral: 1 },
  max: { kind: "maximum", neutral: -3.4028234e38 },
  min: { kind: "minimum", neutral: 3.4028234e38 },
} as const;

/** Which update comes to each row in each round; -1 for none. */
function roundsOf(node: OnnxNode, places: ArrayLike<number>, count: number, all: boolean) {
  const rounds: Int32Array[] = [];
  const seen = new Int32Array(count);
  for (let update = 0; update < places.length; update++) {
    const row = places[update];
    if (!(row >= 0 && row < count)) node.fail(`an index is outside of x: place ${row} of ${count}`);
    const round = all ? seen[row]++ : 0;
    if (round >= MOST_ROUNDS) node.fail(`an element is updated more than ${MOST_ROUNDS} times`);
    if (round === rounds.length) {
      node.spend(count);
      rounds.push(new Int32Array(count).fill(-1));
    }
    rounds[round][row] = update;
  }
  return rounds;
}

/** x [rows, inner] with the updates [places, inner], of which it is known where they go. */
function scatterConstant(
  node: OnnxNode,
  x: Value,
  updates: Value,
  places: ArrayLike<number>,
  reduction: (typeof REDUCTIONS)[keyof typeof REDUCTIONS],
): Value {
  const [count, inner] = x.shape;
  const rounds = roundsOf(node, places, count, reduction !== null);
  if (!reduction) {
    const [last = new Int32Array(count).fill(-1)] = rounds;
    const rows = last.map((update, row) => (update < 0 ? row : count + update));
    const both = node.op("concat", [x, updates], { axis: 0 });
    return node.op("gather", [both, node.constant([count], rows)], { axis: 0 });
  }
  const { neutral } = reduction;
  const filling = new Array<number>(inner).fill(neutral);
  const first =
    x.dtype === "int32"
      ? integers(node, [1, inner], filling.map(saturate))
      : node.constant([1, inner], Float32Array.from(filling));
  const candidates = node.op("concat", [first, updates], { axis: 0 });
  return rounds.reduce((y, round) => {
    const rows = node.constant(
      [count],
      round.map((update) => update + 1),
    );
    const added = node.op("gather", [candidates, rows], { axis: 0 });
    return binary(node, reduction.kind, y, added);
  }, x);
}

/** By a matrix that has a 1 where an update belongs to a row; without repeats unless they are added. */
function scatterComputed(
  node: OnnxNode,
  x: Value,
  updates: Value,
  places: Value,
  reduction: keyof typeof REDUCTIONS,
): Value {
  const [count] = x.shape;
  const [length] = updates.shape;
  if (reduction !== "none" && reduction !== "add") {
    const { name } = node.input(1);
    node.fail(
      `input 1 "${name}" depends on the data, expected a constant for reduction "${reduction}"`,
    );
  }
  if (count * length > MOST_PAIRS) {
    node.fail(`indices depend on the data, and ${count} rows x ${length} updates are too many`);
  }
  const rows = integers(
    node,
    [count, 1],
    Array.from({ length: count }, (_, row) => row),
  );
  const isHit = binary(node, "equal", rows, node.reshape(places, [1, length]));
  const matrix = node.op("cast", [isHit], { to: "float32" });
  const moved = node.op("matmul", [matrix, updates], {});
  const sum =
    reduction === "add"
      ? binary(node, "add", x, moved)
      : node.op(
          "where",
          [node.op("reduce", [matrix], { kind: "max", axes: [1], keepDims: true }), moved, x],
          {},
        );
  return sum.dtype === x.dtype ? sum : node.op("cast", [sum], { to: x.dtype });
}

function scatter(node: OnnxNode, { places, count, inner }: Slices): Value {
  const x = node.input(0);
  const size = sizeOf(inner);
  const given = node.input(2);
  const expected = [...places.shape, ...inner];
  if (String(given.shape) !== String(expected)) {
    node.fail(`updates have shape ${given.shape.join("x")}, expected ${expected.join("x")}`);
  }
  const names = Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[];
  const reduction = node.choice("reduction", names, "none");
  const rows = node.reshape(x, [count, size]);
  const updates = node.reshape(given, [sizeOf(places.shape), size]);
  const { constant } = places;
  const y = constant
    ? scatterConstant(node, rows, updates, constant.data, REDUCTIONS[reduction])
    : scatterComputed(node, rows, updates, places, reduction);
  return node.reshape(y, x.shape);
}

const scatterNd: Converter = (node) =>
  scatter(node, placesOfTuples(node, node.input(0), node.input(1)));

const scatterElements: Converter = (node) => {
  const [x, indices] = [node.input(0), node.input(1)];
  const axis = normalizeAxis(node.int("axis", 0), x.shape.length, node.where);
  const places = placesAlong(node, x, indices, axis);
  return scatter(node, { places, count: sizeOf(x.shape), inner: [] });
};

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

export const gathering: Record<string, Converter> = {
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
  ArgMax: argumentOf(true),
  ArgMin: argumentOf(false),
  OneHot: oneHot,
  CumSum: cumSum,
  Trilu: trilu,
  Tile: tile,
};
