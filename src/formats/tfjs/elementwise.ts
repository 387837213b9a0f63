/** Converters of operators that work element by element. */
import type { BinaryKind, PlainKind, UnaryAttributes } from "../../graph/attributes.ts";
import { native } from "./call.ts";
import type { Call, Converter, Converters } from "./call.ts";
import { ACTIVATIONS } from "./convolution.ts";
import type { Held } from "./layout.ts";
import { dataType } from "./model.ts";
import { isChannelsFirst } from "./window.ts";

const UNARY: Readonly<Record<string, PlainKind>> = {
  Abs: "abs",
  Ceil: "ceil",
  Erf: "erf",
  Exp: "exp",
  Floor: "floor",
  Inv: "reciprocal",
  Log: "log",
  LogicalNot: "logicalNot",
  Neg: "neg",
  Reciprocal: "reciprocal",
  Round: "round",
  Rsqrt: "rsqrt",
  Sign: "sign",
  Softplus: "softplus",
  Softsign: "softsign",
  Sqrt: "sqrt",
  Square: "square",
};

const BINARY: Readonly<Record<string, BinaryKind>> = {
  Add: "add",
  AddV2: "add",
  Div: "div",
  Equal: "equal",
  FloorDiv: "floorDivide",
  FloorMod: "remainder",
  Greater: "greater",
  GreaterEqual: "greaterEqual",
  Less: "less",
  LessEqual: "lessEqual",
  LogicalAnd: "logicalAnd",
  LogicalOr: "logicalOr",
  Maximum: "maximum",
  Minimum: "minimum",
  Mul: "mul",
  NotEqual: "notEqual",
  Pow: "pow",
  RealDiv: "div",
  Sub: "sub",
};

/** Of a selu: scale * elu(x, alpha), as its paper gives them (Klambauer et al., arXiv 1706.02515). */
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 };

function unary(call: Call, attributes: UnaryAttributes, x = call.input(0)): Held {
  return { value: call.op("unary", [x.value], attributes), layout: x.layout };
}

function binary(call: Call, kind: BinaryKind, operands: readonly Held[]): Held {
  const { values, layout } = call.layouts.align(operands);
  return { value: call.op("binary", values, { kind }), layout };
}

const alias: Converter = (call) => call.input(0);

/** The bias goes along the channels, which data_format NCHW has in second place. */
function biasAdd(call: Call): Held {
  const x = call.input(0);
  const bias = call.input(1);
  if (!isChannelsFirst(call)) return binary(call, "add", [x, bias]);
  const channels = call.shapeOfRank(1, 1)[0];
  const rest = x.value.shape.slice(2).map(() => 1);
  return binary(call, "add", [x, native(call.reshape(bias.value, [channels, ...rest]))]);
}

function prelu(call: Call): Held {
  const { values, layout } = call.layouts.align([call.input(0), call.input(1)]);
  return { value: call.op("prelu", values, {}), layout };
}

function selu(call: Call): Held {
  const y = unary(call, { kind: "elu", alpha: SELU.alpha });
  return binary(call, "mul", [y, native(call.number(Float32Array.of(SELU.scale)))]);
}

function cast(call: Call): Held {
  const { value, layout } = call.input(0);
  const to = dataType(call.node, "DstT");
  return { value: value.dtype === to ? value : call.op("cast", [value], { to }), layout };
}

/** The old Select may have a condition with one element a row. */
function select(call: Call): Held {
  const [condition, a, b] = [0, 1, 2].map((index) => call.input(index));
  const rank = call.shape(1).length;
  const rows =
    call.node.op === "Select" && condition.value.shape.length === 1 && rank > 1
      ? native(
          call.reshape(condition.value, [
            ...condition.value.shape,
            ...Array<number>(rank - 1).fill(1),
          ]),
        )
      : condition;
  const { values, layout } = call.layouts.align([rows, a, b]);
  return { value: call.op("where", values, {}), layout };
}

export const ELEMENTWISE: Converters = {
  ...Object.fromEntries(
    Object.entries(UNARY).map(([name, kind]) => [name, (call: Call) => unary(call, { kind })]),
  ),
  ...Object.fromEntries(
    Object.entries(ACTIVATIONS).map(([name, activation]) => [
      name,
      (call: Call) => unary(call, activation),
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(BINARY).map(([name, kind]) => [
      name,
      (call: Call) => binary(call, kind, [call.input(0), call.input(1)]),
    ]),
  ),
  Identity: alias,
  StopGradient: alias,
  BiasAdd: biasAdd,
  AddN: (call) =>
    call.inputs.slice(1).reduce((sum, x) => binary(call, "add", [sum, x]), call.input(0)),
  SquaredDifference: (call) =>
    unary(call, { kind: "square" }, binary(call, "sub", [call.input(0), call.input(1)])),
  LeakyRelu: (call) =>
    unary(call, { kind: "leakyRelu", negativeSlope: call.attributes.float("alpha", 0.2) }),
  ClipByValue: (call) => unary(call, { kind: "clamp", min: call.scalar(1), max: call.scalar(2) }),
  Prelu: prelu,
  Selu: selu,
  Cast: cast,
  Select: select,
  SelectV2: select,
};
