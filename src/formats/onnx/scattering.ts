/** ScatterElements and ScatterND: gathers from x and the updates, or products with a matrix. */
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import { saturate } from "../numbers.ts";
import { binary, integers, placesAlong, placesOfTuples } from "./gathering.ts";
import type { Slices } from "./gathering.ts";
import type { Converter, OnnxNode } from "./node.ts";

/** Elements of the matrix that tells which update goes where, if the indices are computed. */
const MOST_PAIRS = 2 ** 22;
/** How often one element may be updated by constant indices. */
const MOST_ROUNDS = 64;

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
export const scattering: Record<string, Converter> = {
  ScatterElements: scatterElements,
  ScatterND: scatterNd,
};
