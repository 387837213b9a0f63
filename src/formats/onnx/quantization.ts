/**
 * Quantised operators (blocks.md A18), computed on their integers in f32, where they are exact up to
 * 2^24. Padding is the zero point, since x - zero point is padded with 0.
 */
import type { BinaryKind } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import { INTEGER_RANGES, INT32, typeOf, UINT8, withType } from "./casting.ts";
import { convolution } from "./convolution.ts";
import { convolutionNd } from "./convolution-nd.ts";
import type { Converter, OnnxNode } from "./node.ts";

/** A scale and a zero point in shapes that broadcast to the values. */
interface Quantization {
  readonly scale: Value;
  readonly zero: Value | null;
}

const binary = (node: OnnxNode, kind: BinaryKind, a: Value, b: Value): Value =>
  node.op("binary", [a, b], { kind });

const toFloat = (node: OnnxNode, x: Value): Value =>
  x.dtype === "float32" ? x : node.op("cast", [x], { to: "float32" });

const isZero = (value: Value | null): boolean =>
  !value || (value.constant?.data.every((x) => x === 0) ?? false);

/** x less its zero point, as a float. */
function centred(node: OnnxNode, x: Value, zero: Value | null): Value {
  const float = toFloat(node, x);
  return zero && !isZero(zero) ? binary(node, "sub", float, toFloat(node, zero)) : float;
}

const dequantized = (node: OnnxNode, x: Value, { scale, zero }: Quantization): Value =>
  binary(node, "mul", centred(node, x, zero), scale);

/** The nearest integer of the type to x + zero point; halves to even, saturated. */
function saturated(node: OnnxNode, x: Value, zero: Value | null, type: number): Value {
  const range = INTEGER_RANGES[type];
  if (!range) node.fail(`y has element type number ${type}, expected 8 or 16 bits`);
  const rounded = node.op("unary", [x], { kind: "round" });
  const shifted =
    zero && !isZero(zero) ? binary(node, "add", rounded, toFloat(node, zero)) : rounded;
  const y = node.op("unary", [shifted], { kind: "clamp", min: range[0], max: range[1] });
  return withType(node, node.op("cast", [y], { to: "int32" }), type);
}

/** The type of quantised values is that of their zero point. */
const typeOfZero = (node: OnnxNode, index: number): number => {
  const zero = node.optional(index);
  return zero ? typeOf(node, zero) : UINT8;
};

/** A vector along one axis of a tensor of this rank. */
function along(node: OnnxNode, vector: Value, axis: number, rank: number): Value {
  if (vector.shape.length !== 1 || rank === 0) return vector;
  const shape = new Array<number>(rank).fill(1);
  return node.reshape(vector, shape.with(axis, vector.shape[0]));
}

/** Each number of a scale for a run of `block` elements along the axis. */
function blocked(node: OnnxNode, scale: Value, axis: number, block: number): Value {
  const { shape } = node.input(0);
  const expected = shape.with(axis, Math.ceil(shape[axis] / block));
  if (block < 1 || String(scale.shape) !== String(expected)) {
    node.fail(
      `a scale of shape ${scale.shape.join("x")} does not fit blocks of ${block} along axis ${axis} ` +
        `of x of shape ${shape.join("x")}`,
    );
  }
  const apart = node.reshape(scale, expected.toSpliced(axis + 1, 0, 1));
  const wide = node.op("expand", [apart], { shape: expected.toSpliced(axis + 1, 0, block) });
  const whole = node.reshape(wide, shape.with(axis, expected[axis] * block));
  const cut = { axes: [axis], starts: [0], sizes: [shape[axis]], steps: [1] };
  return whole.shape[axis] === shape[axis] ? whole : node.op("slice", [whole], cut);
}

/** The scale and the zero point of QuantizeLinear and DequantizeLinear: one, by axis or by block. */
function readQuantization(node: OnnxNode): Quantization {
  const { shape } = node.input(0);
  const given = node.int("block_size", 0);
  const block = Math.min(given, Math.max(0, ...shape));
  const place = (value: Value): Value => {
    if (sizeOf(value.shape) === 1 && block === 0) return node.reshape(value, []);
    const axis = normalizeAxis(node.int("axis", 1), shape.length, node.where);
    return block ? blocked(node, value, axis, block) : along(node, value, axis, shape.length);
  };
  const zero = node.optional(2);
  return { scale: place(node.input(1)), zero: zero && place(zero) };
}

const quantizeLinear: Converter = (node) => {
  const type = node.int("output_dtype", 0) || typeOfZero(node, 2);
  const { scale, zero } = readQuantization(node);
  const x = toFloat(node, node.input(0));
  return saturated(node, binary(node, "div", x, scale), zero, type);
};

const dequantizeLinear: Converter = (node) =>
  dequantized(node, node.input(0), readQuantization(node));

/** Scale and zero point of uint8 from the range of x, which includes 0. */
const dynamicQuantizeLinear: Converter = (node) => {
  const x = node.input(0);
  const axes = [...x.shape.keys()];
  const extreme = (kind: "min" | "max") => {
    const value = node.op("reduce", [x], { kind, axes, keepDims: false });
    return binary(node, kind === "min" ? "minimum" : "maximum", value, node.scalar(0));
  };
  const [least, greatest] = [extreme("min"), extreme("max")];
  const range = binary(node, "div", binary(node, "sub", greatest, least), node.scalar(255));
  // Zeros only: any scale will do.
  const isEmpty = binary(node, "equal", range, node.scalar(0));
  const scale = node.op("where", [isEmpty, node.scalar(1), range], {});
  const lowest = binary(node, "sub", node.scalar(0), binary(node, "div", least, scale));
  const zero = saturated(node, lowest, null, UINT8);
  return [saturated(node, binary(node, "div", x, scale), zero, UINT8), scale, zero];
};

/** The same node with other inputs, for the converter of its float counterpart. */
const withInputs = (node: OnnxNode, inputs: readonly (Value | null)[]): OnnxNode =>
  Object.create(node, { inputs: { value: inputs } }) as OnnxNode;

const convolve = (node: OnnxNode, ...inputs: (Value | null)[]): Value =>
  convolutionNd.Conv(withInputs(node, inputs)) as Value;

const multiply = (node: OnnxNode, a: Value, b: Value): Value =>
  convolution.MatMul(withInputs(node, [a, b])) as Value;

/** x of an input less the zero point of another; a vector of those is by `axis`, from the end if < 0. */
function integers(node: OnnxNode, x: number, zero: number, axis: number): Value {
  const { shape } = node.input(x);
  const point = node.optional(zero);
  const rank = shape.length;
  return centred(
    node,
    node.input(x),
    point && along(node, point, axis < 0 ? rank + axis : axis, rank),
  );
}

const toInteger = (node: OnnxNode, x: Value): Value =>
  withType(node, node.op("cast", [x], { to: "int32" }), INT32);

/** Sums of products in units of the scale of a times that of b, in those of y. */
function requantized(
  node: OnnxNode,
  sums: Value,
  [a, b, y, zero]: readonly [a: Value, b: Value, y: number, zero: number],
): Value {
  const factor = binary(node, "div", binary(node, "mul", a, b), node.input(y));
  return saturated(
    node,
    binary(node, "mul", sums, factor),
    node.optional(zero),
    typeOfZero(node, zero),
  );
}

const qLinearConv: Converter = (node) => {
  const weight = integers(node, 3, 5, 0);
  const bias = node.optional(8);
  const sums = convolve(node, integers(node, 0, 2, 1), weight, bias && toFloat(node, bias));
  const scale = along(node, node.input(4), 1, sums.shape.length);
  return requantized(node, sums, [node.input(1), scale, 6, 7]);
};

const convInteger: Converter = (node) =>
  toInteger(node, convolve(node, integers(node, 0, 2, 1), integers(node, 1, 3, 0)));

/** A vector of scales or zero points of a has one for each row. */
const byRow = -2;
const byColumn = -1;

const matMulInteger: Converter = (node) =>
  toInteger(node, multiply(node, integers(node, 0, 2, byRow), integers(node, 1, 3, byColumn)));

const qLinearMatMul: Converter = (node) => {
  const sums = multiply(node, integers(node, 0, 2, byRow), integers(node, 3, 5, byColumn));
  const rank = sums.shape.length;
  const rows = along(node, node.input(1), rank - 2, rank);
  return requantized(node, sums, [rows, node.input(4), 6, 7]);
};

/** Input `index` as floats, with the scale and the zero point in the two inputs after it. */
const floats = (node: OnnxNode, index: number): Value =>
  dequantized(node, node.input(index), {
    scale: node.input(index + 1),
    zero: node.optional(index + 2),
  });

/** y with the scale and the zero point at these inputs. */
function quantized(node: OnnxNode, y: Value, scale: number, zero = scale + 1): Value {
  const units = binary(node, "div", y, node.input(scale));
  return saturated(node, units, node.optional(zero), typeOfZero(node, zero));
}

const qLinearTwo =
  (kind: BinaryKind): Converter =>
  (node) =>
    quantized(node, binary(node, kind, floats(node, 0), floats(node, 3)), 6);

const qLinearConcat: Converter = (node) => {
  const count = Math.floor((node.inputs.length - 2) / 3);
  const values = Array.from({ length: count }, (_, i) => floats(node, 2 + 3 * i));
  return quantized(node, node.op("concat", values, { axis: node.int("axis") }), 0);
};

const qLinearMean: Converter = (node) => {
  const x = floats(node, 0);
  const first = node.int("channels_last", 0) ? 1 : 2;
  const axes = [...x.shape.keys()].slice(first, first === 1 ? -1 : undefined);
  return quantized(node, node.op("reduce", [x], { kind: "mean", axes, keepDims: true }), 3);
};

export const quantization: Record<string, Converter> = {
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  DynamicQuantizeLinear: dynamicQuantizeLinear,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  ConvInteger: convInteger,
  MatMulInteger: matMulInteger,
  "com.microsoft.QuantizeLinear": quantizeLinear,
  "com.microsoft.DequantizeLinear": dequantizeLinear,
  "com.microsoft.QLinearAdd": qLinearTwo("add"),
  "com.microsoft.QLinearMul": qLinearTwo("mul"),
  "com.microsoft.QLinearConcat": qLinearConcat,
  "com.microsoft.QLinearGlobalAveragePool": qLinearMean,
  "com.microsoft.QLinearSigmoid": (node) =>
    quantized(node, node.op("unary", [floats(node, 0)], { kind: "sigmoid" }), 3),
  "com.microsoft.QLinearLeakyRelu": (node) => {
    const negativeSlope = node.float("alpha", 0.01);
    const y = node.op("unary", [floats(node, 0)], { kind: "leakyRelu", negativeSlope });
    return quantized(node, y, 3);
  },
};
