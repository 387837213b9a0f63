/** Functions of one, two or more values, element by element. */
import type { BinaryKind, PlainKind, UnaryAttributes } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { dataTypeOf } from "./tensors.ts";
import type { Converter, OnnxNode } from "./node.ts";

const SIMPLE: Record<string, PlainKind> = {
  Relu: "relu",
  Sigmoid: "sigmoid",
  HardSwish: "hardSwish",
  Mish: "mish",
  Tanh: "tanh",
  Softplus: "softplus",
  Softsign: "softsign",
  Abs: "abs",
  Neg: "neg",
  Exp: "exp",
  Log: "log",
  Sqrt: "sqrt",
  Reciprocal: "reciprocal",
  Floor: "floor",
  Ceil: "ceil",
  Round: "round",
  Sign: "sign",
  Erf: "erf",
  Not: "logicalNot",
};

const BINARY: Record<string, BinaryKind> = {
  Add: "add",
  Sub: "sub",
  Mul: "mul",
  Div: "div",
  Equal: "equal",
  Less: "less",
  LessOrEqual: "lessEqual",
  Greater: "greater",
  GreaterOrEqual: "greaterEqual",
  And: "logicalAnd",
  Or: "logicalOr",
  Xor: "notEqual",
};

const unary = (node: OnnxNode, x: Value, attributes: UnaryAttributes): Value =>
  node.op("unary", [x], attributes);

const binary = (node: OnnxNode, kind: BinaryKind, a: Value, b: Value): Value =>
  node.op("binary", [a, b], { kind });

const simple =
  (kind: PlainKind): Converter =>
  (node) =>
    unary(node, node.input(0), { kind });

/** Until operator set 6 the axes of b are those of x from `axis` on. */
function aligned(node: OnnxNode, b: Value, axis: number): Value {
  const missing = node.input(0).shape.length - axis - b.shape.length;
  if (node.opset > 6 || axis < 0 || missing <= 0) return b;
  return node.reshape(b, [...b.shape, ...new Array<number>(missing).fill(1)]);
}

const two =
  (kind: BinaryKind): Converter =>
  (node) =>
    binary(node, kind, node.input(0), aligned(node, node.input(1), node.int("axis", -1)));

/** An old slope of one axis is by channel. */
const prelu: Converter = (node) => {
  const slope = node.input(1);
  const byChannel = slope.shape.length === 1 && slope.shape[0] > 1;
  return node.op("prelu", [node.input(0), byChannel ? aligned(node, slope, 1) : slope], {});
};

/** One or more inputs, taken together from the left. */
const variadic =
  (kind: BinaryKind): Converter =>
  (node) =>
    [...node.inputs.keys()]
      .slice(1)
      .reduce((y, index) => binary(node, kind, y, node.input(index)), node.input(0));

const mean: Converter = (node) => {
  const sum = variadic("add")(node) as Value;
  return binary(node, "mul", sum, node.scalar(1 / node.inputs.length));
};

/** A square is exact for negative x too, where a general power need not be. */
const pow: Converter = (node) => {
  const x = node.input(0);
  const exponent = aligned(node, node.input(1), node.int("axis", -1));
  const single = exponent.constant?.data.length === 1 && exponent.shape.length <= x.shape.length;
  if (single && exponent.constant?.data[0] === 2) return unary(node, x, { kind: "square" });
  const y = binary(node, "pow", x, exponent);
  return y.dtype === x.dtype ? y : node.op("cast", [y], { to: x.dtype });
};

/** Without `fmod` the sign is that of the divisor, with it that of the dividend. */
const mod: Converter = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  if (node.int("fmod", 0) === 0) return binary(node, "remainder", a, b);
  const sizes = [a, b].map((x) => unary(node, x, { kind: "abs" }));
  const size = binary(node, "remainder", sizes[0], sizes[1]);
  return binary(node, "mul", unary(node, a, { kind: "sign" }), size);
};

/** Bounds of the largest float mean that there is none. */
const LARGEST = 3.4028234e38;

function clamp(node: OnnxNode, min: number, max: number): Value {
  const x = node.input(0);
  const bounds = `${min > -LARGEST ? min : "none"} ${max < LARGEST ? max : "none"}`;
  if (bounds === "none none") return x;
  if (bounds === "0 none") return unary(node, x, { kind: "relu" });
  if (bounds === "0 6") return unary(node, x, { kind: "relu6" });
  return unary(node, x, { kind: "clamp", min, max });
}

const clip: Converter = (node) => {
  if (node.opset < 11) {
    return clamp(node, node.float("min", -Infinity), node.float("max", Infinity));
  }
  const [min, max] = [node.optional(1), node.optional(2)];
  if ((min ? min.constant : true) && (max ? max.constant : true)) {
    return clamp(node, node.number(1) ?? -Infinity, node.number(2) ?? Infinity);
  }
  const raised = min ? binary(node, "maximum", node.input(0), min) : node.input(0);
  return max ? binary(node, "minimum", raised, max) : raised;
};

const gelu: Converter = (node) => {
  node.choice("approximate", ["none"], "none");
  return unary(node, node.input(0), { kind: "gelu" });
};

const swish: Converter = (node) => {
  if (node.float("alpha", 1) !== 1) node.fail("alpha is rare");
  return unary(node, node.input(0), { kind: "silu" });
};

/** float32, int32, int64, bool and double, which need no rounding; the others are in `casting.ts`. */
const PLAIN_TYPES = [1, 6, 7, 9, 11];

const cast: Converter = (node) => {
  const x = node.input(0);
  const type = node.int("to");
  if (!PLAIN_TYPES.includes(type)) node.fail(`element type ${type} is rare`);
  const to = dataTypeOf(type, node.where);
  return to === x.dtype ? x : node.op("cast", [x], { to });
};

export const elementwise: Record<string, Converter> = {
  ...Object.fromEntries(Object.entries(SIMPLE).map(([op, kind]) => [op, simple(kind)])),
  ...Object.fromEntries(Object.entries(BINARY).map(([op, kind]) => [op, two(kind)])),
  Min: variadic("minimum"),
  Max: variadic("maximum"),
  Sum: variadic("add"),
  Mean: mean,
  Pow: pow,
  Mod: mod,
  Clip: clip,
  Gelu: gelu,
  Swish: swish,
  Cast: cast,
  LeakyRelu: (node) =>
    unary(node, node.input(0), { kind: "leakyRelu", negativeSlope: node.float("alpha", 0.01) }),
  Elu: (node) => unary(node, node.input(0), { kind: "elu", alpha: node.float("alpha", 1) }),
  HardSigmoid: (node) =>
    unary(node, node.input(0), {
      kind: "hardSigmoid",
      alpha: node.float("alpha", 0.2),
      beta: node.float("beta", 0.5),
    }),
  PRelu: prelu,
  Where: (node) =>
    node.op(
      "where",
      [0, 1, 2].map((index) => node.input(index)),
      {},
    ),
};
