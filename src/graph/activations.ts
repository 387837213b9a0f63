/** Activations that are a few operators: `GraphBuilder` and importers can compose them. */
import type { OperatorAttributes, OperatorName, UnaryAttributes } from "./attributes.ts";
import type { BinaryKind } from "./attributes.ts";
import type { Value } from "./graph.ts";

/** What a graph is composed with, such as a `GraphBuilder`. */
export interface Composer {
  op<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
  ): Value;
  /** A float32 scalar. */
  scalar(value: number): Value;
}

const unary = (composer: Composer, x: Value, attributes: UnaryAttributes): Value =>
  composer.op("unary", [x], attributes);

const binary = (composer: Composer, kind: BinaryKind, a: Value, b: Value | number): Value =>
  composer.op("binary", [a, typeof b === "number" ? composer.scalar(b) : b], { kind });

/** x * factor */
export function scale(composer: Composer, x: Value, factor: number): Value {
  return factor === 1 ? x : binary(composer, "mul", x, factor);
}

/** gamma * (x > 0 ? x : alpha (e^x - 1)) (Klambauer et al., arXiv 1706.02515) */
export function selu(
  composer: Composer,
  x: Value,
  alpha = 1.6732632423543772,
  gamma = 1.0507009873554805,
): Value {
  return scale(composer, unary(composer, x, { kind: "elu", alpha }), gamma);
}

/** max(0, x) + min(0, alpha (e^(x / alpha) - 1)) (Barron, arXiv 1704.07483); alpha is not 0 */
export function celu(composer: Composer, x: Value, alpha = 1): Value {
  const scaled = alpha === 1 ? x : binary(composer, "div", x, alpha);
  if (alpha > 0) return scale(composer, unary(composer, scaled, { kind: "elu", alpha: 1 }), alpha);
  // e^(x / alpha) - 1 is above 0 where x is below it, and alpha times it is its negative part.
  const bent = binary(composer, "sub", unary(composer, scaled, { kind: "exp" }), 1);
  const below = binary(composer, "minimum", binary(composer, "mul", bent, alpha), 0);
  return binary(composer, "add", unary(composer, x, { kind: "relu" }), below);
}

/** x > alpha ? x : 0 */
export function thresholdedRelu(composer: Composer, x: Value, alpha = 1): Value {
  return composer.op("where", [binary(composer, "greater", x, alpha), x, composer.scalar(0)], {});
}

/** x < -lambda ? x + bias : x > lambda ? x - bias : 0; with bias = lambda the soft shrinkage */
export function shrink(composer: Composer, x: Value, lambda = 0.5, bias = 0): Value {
  const above = composer.op(
    "where",
    [binary(composer, "greater", x, lambda), binary(composer, "sub", x, bias), composer.scalar(0)],
    {},
  );
  const isBelow = binary(composer, "less", x, -lambda);
  return composer.op("where", [isBelow, binary(composer, "add", x, bias), above], {});
}

/** min(max(x, least), most) */
export function hardTanh(composer: Composer, x: Value, least = -1, most = 1): Value {
  return unary(composer, x, { kind: "clamp", min: least, max: most });
}

/** ln(1 + e^(beta x)) / beta */
export function softplus(composer: Composer, x: Value, beta = 1): Value {
  return scale(composer, unary(composer, scale(composer, x, beta), { kind: "softplus" }), 1 / beta);
}

/** ln(1 / (1 + e^-x)) = -ln(1 + e^-x) */
export function logSigmoid(composer: Composer, x: Value): Value {
  return unary(composer, softplus(composer, unary(composer, x, { kind: "neg" })), { kind: "neg" });
}

/** x * sigmoid(alpha * u) */
function gated(composer: Composer, x: Value, alpha: number, u: Value): Value {
  const gate = unary(composer, scale(composer, u, alpha), { kind: "sigmoid" });
  return binary(composer, "mul", x, gate);
}

/** x * sigmoid(alpha x) */
export function swish(composer: Composer, x: Value, alpha = 1): Value {
  return alpha === 1 ? unary(composer, x, { kind: "silu" }) : gated(composer, x, alpha, x);
}

/**
 * x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 (Hendrycks and Gimpel, arXiv 1606.08415), by
 * (1 + tanh u) / 2 = sigmoid(2 u).
 */
export function geluTanh(composer: Composer, x: Value): Value {
  const cubic = binary(composer, "mul", unary(composer, x, { kind: "square" }), 0.044715);
  const factor = binary(composer, "add", cubic, 1);
  return gated(composer, x, 2 * Math.sqrt(2 / Math.PI), binary(composer, "mul", x, factor));
}
