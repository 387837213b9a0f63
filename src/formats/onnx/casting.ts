/** Cast, CastLike and constants whose element types are narrower than float32 or int32. */
import type { Value } from "../../graph/graph.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { shape } from "./shape.ts";
import { dataTypeOf } from "./tensors.ts";

/** Numbers of TensorProto.DataType. */
export const [FLOAT, UINT8, INT8, UINT16, INT16, INT32, BOOL] = [1, 2, 3, 4, 5, 6, 9];
const [FLOAT16, BFLOAT16] = [10, 16];

/** The least and the greatest integer of the types that are narrower than int32. */
export const INTEGER_RANGES: Readonly<Record<number, readonly [number, number]>> = {
  [UINT8]: [0, 255],
  [INT8]: [-128, 127],
  [UINT16]: [0, 65535],
  [INT16]: [-32768, 32767],
};

/** The element type of a value in the file; of one that is computed, that of its dtype. */
export function typeOf({ importing }: OnnxNode, value: Value): number {
  const known = importing.types.get(value);
  return known ?? { float32: FLOAT, int32: INT32, bool: BOOL }[value.dtype];
}

/** The value, known to have an element type of the file. */
export function withType({ importing }: OnnxNode, value: Value, type: number): Value {
  importing.types.set(value, type);
  return value;
}

/** Integers modulo 2^8 or 2^16, as they are kept in the narrower type. */
function wrap(node: OnnxNode, x: Value, [least, greatest]: readonly [number, number]): Value {
  const integer = (value: number) => node.constant([], Int32Array.of(value));
  const shifted = least ? node.op("binary", [x, integer(-least)], { kind: "add" }) : x;
  const period = integer(greatest - least + 1);
  const rest = node.op("binary", [shifted, period], { kind: "remainder" });
  return least ? node.op("binary", [rest, integer(least)], { kind: "add" }) : rest;
}

function isWithin(type: number, [least, greatest]: readonly [number, number]): boolean {
  const [from, to] = type === BOOL ? [0, 1] : (INTEGER_RANGES[type] ?? [-Infinity, Infinity]);
  return from >= least && to <= greatest;
}

/** x as elements of another type of the file: rounded, cut or wrapped as they would be there. */
function castTo(node: OnnxNode, x: Value, type: number): Value {
  const to = dataTypeOf(type, node.where);
  const from = typeOf(node, x);
  const cast = to === x.dtype ? x : node.op("cast", [x], { to });
  if (type === from) return cast;
  if (type === FLOAT16 || type === BFLOAT16) {
    const format = type === FLOAT16 ? "float16" : "bfloat16";
    return node.op("unary", [cast], { kind: "roundTo", format });
  }
  const range = INTEGER_RANGES[type];
  return range && !isWithin(from, range) ? wrap(node, cast, range) : cast;
}

/** A value of its own, since x may be known to have another type. */
function convert(node: OnnxNode, type: number): Value {
  const y = castTo(node, node.input(0), type);
  return y === node.input(0) ? y : withType(node, y, type);
}

const constant: Converter = (node) => {
  const value = shape.Constant(node) as Value;
  return node.has("value") ? withType(node, value, node.typeOfTensor("value")) : value;
};

export const casting: Record<string, Converter> = {
  Cast: (node) => convert(node, node.int("to")),
  CastLike: (node) => convert(node, typeOf(node, node.input(1))),
  Constant: constant,
};
