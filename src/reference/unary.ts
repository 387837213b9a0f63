/** Functions of one value: activations, arithmetic, rounding (blocks.md A17; ONNX). */
import type { UnaryAttributes, UnaryKind } from "../graph/attributes.ts";
import { mapElements } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

type Scalar = (x: number) => number;

const clip = (x: number, min: number, max: number) => Math.min(Math.max(x, min), max);

const sigmoid: Scalar = (x) => 1 / (1 + Math.exp(-x));

/** ln(1 + e^x) without overflow. */
const softplus: Scalar = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** To the nearest integer, halves to even (IEEE 754, ONNX Round). */
export const round: Scalar = (x) => {
  const floor = Math.floor(x);
  if (x - floor !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
};

/**
 * 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (1 3 5 .. (2n+1)) (Abramowitz and Stegun 7.1.6):
 * all terms have one sign, so nothing cancels.
 */
const erf: Scalar = (x) => {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
};

type Functions = Partial<Record<UnaryKind, Scalar>>;

/** The functions without parameters, but those that `Math` has under the same name. */
const FUNCTIONS = {
  identity: (x) => x,
  relu: (x) => Math.max(x, 0),
  relu6: (x) => clip(x, 0, 6),
  sigmoid,
  silu: (x) => x * sigmoid(x),
  hardSwish: (x) => (x * clip(x + 3, 0, 6)) / 6,
  mish: (x) => x * Math.tanh(softplus(x)),
  tanh: Math.tanh,
  gelu: (x) => (x / 2) * (1 + erf(x / Math.SQRT2)),
  softplus,
  softsign: (x) => x / (1 + Math.abs(x)),
  abs: Math.abs,
  neg: (x) => -x,
  exp: Math.exp,
  log: Math.log,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  square: (x) => x * x,
  floor: Math.floor,
  ceil: Math.ceil,
  round,
  sign: Math.sign,
  erf,
  logicalNot: (x) => (x ? 0 : 1),
} satisfies Functions;

/** The function that the attributes describe; undefined for those of `functions.ts`. */
export function unaryFunction(attributes: UnaryAttributes): Scalar | undefined {
  switch (attributes.kind) {
    case "leakyRelu":
      return (x) => (x > 0 ? x : x * attributes.negativeSlope);
    case "elu":
      return (x) => (x > 0 ? x : attributes.alpha * Math.expm1(x));
    case "hardSigmoid":
      return (x) => clip(attributes.alpha * x + attributes.beta, 0, 1);
    case "clamp":
      return (x) => clip(x, attributes.min, attributes.max);
    default:
      return (
        (FUNCTIONS as Functions)[attributes.kind] ?? (Math as unknown as Functions)[attributes.kind]
      );
  }
}

/** y = f(x) */
export const unary: Evaluate<"unary"> = ({ inputs: [x], attributes }) => {
  // The square of an int32 can need 62 bits, of which float64 would lose the lowest.
  const exact = x.dtype === "int32" && attributes.kind === "square";
  const f: Scalar = exact ? (value) => Math.imul(value, value) : unaryFunction(attributes)!;
  return [mapElements(x.data, f)];
};
