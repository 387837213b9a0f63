/** Functions of two values that broadcast, PReLU and where (ONNX; PyTorch for floor division). */
import type { BinaryKind } from "../graph/attributes.ts";
import { broadcastPositions } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

type Scalar = (a: number, b: number) => number;

/** The remainder of a division that rounds down: it has the sign of the divisor. */
const remainder: Scalar = (a, b) => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

const FUNCTIONS: Record<BinaryKind, Scalar> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  minimum: Math.min,
  maximum: Math.max,
  pow: Math.pow,
  floorDivide: (a, b) => Math.floor(a / b),
  remainder,
  equal: (a, b) => Number(a === b),
  notEqual: (a, b) => Number(a !== b),
  less: (a, b) => Number(a < b),
  lessEqual: (a, b) => Number(a <= b),
  greater: (a, b) => Number(a > b),
  greaterEqual: (a, b) => Number(a >= b),
  logicalAnd: (a, b) => Number(a !== 0 && b !== 0),
  logicalOr: (a, b) => Number(a !== 0 || b !== 0),
};

/** By squaring, modulo 2^32. A negative power of an integer rounds toward zero. */
const integerPower: Scalar = (base, exponent) => {
  if (exponent < 0) return Math.trunc(base ** exponent);
  let power = 1;
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2) power = Math.imul(power, base);
    base = Math.imul(base, base);
  }
  return power;
};

/** Where int32 operands need another rule: division rounds toward zero, products may pass 2^53. */
const INTEGER_FUNCTIONS: Partial<Record<BinaryKind, Scalar>> = {
  mul: Math.imul,
  div: (a, b) => Math.trunc(a / b),
  pow: integerPower,
};

/** y = f(a, b) */
export const binary: Evaluate<"binary"> = ({ inputs: [a, b], attributes, outputs: [y] }) => {
  const { kind } = attributes;
  const f = (y.dtype === "int32" && INTEGER_FUNCTIONS[kind]) || FUNCTIONS[kind];
  const atA = broadcastPositions(a.shape, y.shape);
  const atB = broadcastPositions(b.shape, y.shape);
  return [atA.map((at, i) => f(a.data[at], b.data[atB[i]]))];
};

/** y = x > 0 ? x : slope * x */
export const prelu: Evaluate<"prelu"> = ({ inputs: [x, slope] }) => {
  const atSlope = broadcastPositions(slope.shape, x.shape);
  return [atSlope.map((at, i) => (x.data[i] > 0 ? x.data[i] : slope.data[at] * x.data[i]))];
};

/** y = condition ? a : b */
export const where: Evaluate<"where"> = ({ inputs, outputs: [y] }) => {
  const [condition, a, b] = inputs;
  const [atCondition, atA, atB] = inputs.map(({ shape }) => broadcastPositions(shape, y.shape));
  return [atCondition.map((at, i) => (condition.data[at] ? a.data[atA[i]] : b.data[atB[i]]))];
};
