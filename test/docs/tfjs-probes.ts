/** Into which operators of this library each TensorFlow.js operator goes: seen by importing a node. */
import { parseTfjs, supportedTfjsOperators } from "../../src/formats/tfjs/parse.ts";
import type { OperatorName } from "../../src/graph/attributes.ts";
import type { Attribute, ConstantSpec } from "../formats/tfjs-model.ts";
import { writeModel } from "../formats/tfjs-model.ts";
import { firstOf } from "./probes.ts";

const INPUTS = {
  x: [1, 4, 4, 4],
  z: [1, 4, 4, 4],
  rows: [3, 4],
  boxes: [6, 4],
  scores: [6],
  flag: [1, 4, 4, 4],
};
const TYPES = { flag: "DT_BOOL" };

const scalar: ConstantSpec = { shape: [], data: [0.5] };
const CONSTANTS: Record<string, ConstantSpec | readonly number[] | number> = {
  w: { shape: [3, 3, 4, 4] },
  thin: { shape: [3, 3, 4, 1] },
  m: { shape: [4, 4] },
  v: { shape: [4] },
  low: scalar,
  high: { ...scalar, data: [3] },
  zero: { ...scalar, data: [0] },
  axis: 1,
  two: 2,
  axes: [1, 2],
  shape: [1, 16, 4],
  image: [1, 4, 4, 4],
  wide: [2, 4, 4, 4],
  size: [8, 8],
  perm: [0, 2, 1, 3],
  repeats: [1, 2, 1, 1],
  pads: { shape: [4, 2], dtype: "int32", data: [0, 0, 1, 1, 1, 1, 0, 0] },
  crops: { shape: [2, 2], dtype: "int32", data: [0, 0, 0, 0] },
  begin: [0, 1, 0, 0],
  end: [1, 3, 4, 4],
  ones: [1, 1, 1, 1],
  sizes: [1, 3],
  indices: [0, 2],
  place: { shape: [1, 1], dtype: "int32", data: [0] },
};

/** Names of inputs, tried one after the other. */
const PROBES = [
  ["x", "z"],
  ["x"],
  ["x", "w"],
  ["x", "thin"],
  ["x", "w", "v"],
  ["x", "thin", "v"],
  ["rows", "m"],
  ["rows", "m", "v"],
  ["x", "v"],
  ["x", "v", "v", "v", "v"],
  ["x", "low", "high"],
  ["flag"],
  ["flag", "flag"],
  ["flag", "x", "z"],
  ["x", "axis"],
  ["axis", "x"],
  ["x", "axes"],
  ["x", "two"],
  ["x", "shape"],
  ["x", "wide"],
  ["x", "size"],
  ["x", "perm"],
  ["x", "repeats"],
  ["x", "pads"],
  ["x", "pads", "low"],
  ["x", "begin", "ones"],
  ["x", "begin", "end", "ones"],
  ["x", "z", "axis"],
  ["x", "sizes", "axis"],
  ["x", "indices"],
  ["x", "indices", "axis"],
  ["x", "place"],
  ["x", "axes", "crops"],
  ["x", "axes", "pads"],
  ["image", "w", "x"],
  ["axis", "two", "low", "high"],
  ["boxes", "scores", "two", "low"],
  ["boxes", "scores", "two", "low", "low"],
  ["boxes", "scores", "two", "low", "low", "zero"],
  ["shape", "low"],
  ["axis", "two", "axis"],
  [],
];

/** For all operators: those that do not know an attribute leave it. */
const ATTRIBUTES: Record<string, Attribute> = {
  padding: "SAME",
  data_format: "NHWC",
  mode: "REFLECT",
  fused_ops: ["BiasAdd"],
  ...{ strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], ksize: [1, 2, 2, 1], rates: [1, 1, 1, 1] },
  ...{ DstT: "DT_INT32", T: "DT_FLOAT", N: 2, num: 4, num_args: 1, num_split: 2, axis: 1 },
  ...{ block_size: 2, transpose_a: false, transpose_b: false, pad_to_max_output_size: false },
};

function importOf(op: string, inputs: readonly string[]): OperatorName[] {
  const { json, weights } = writeModel({
    inputs: INPUTS,
    types: TYPES,
    constants: CONSTANTS,
    nodes: { y: [op, inputs, ATTRIBUTES] },
    outputs: { y: "y:0" },
  });
  return [...new Set(parseTfjs(json, weights).nodes.map((node) => node.op))];
}

/** Sources of values, and what has none. */
const SOURCES = ["Const", "Placeholder", "NoOp"];

/**
 * By TensorFlow.js name the operators that a node of it becomes; none where it is known at import.
 * @throws Error that names an operator for which there is no probe
 */
export function probeTfjs(): Map<string, readonly OperatorName[]> {
  return new Map(
    supportedTfjsOperators.map((name) => {
      if (SOURCES.includes(name)) return [name, []];
      const attempts = PROBES.map((inputs) => () => importOf(name, inputs));
      return [name, firstOf(`test/docs/tfjs-probes.ts: ${name}`, attempts)];
    }),
  );
}
