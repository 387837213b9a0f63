/** The rarer functions of one value, as stages of their own or composed. */
import { celu, geluTanh, selu, shrink, swish, thresholdedRelu } from "../../graph/activations.ts";
import type { PlainKind } from "../../graph/attributes.ts";
import { elementwise } from "./elementwise.ts";
import type { Converter } from "./node.ts";

const PLAIN: Record<string, PlainKind> = {
  Sin: "sin",
  Cos: "cos",
  Tan: "tan",
  Asin: "asin",
  Acos: "acos",
  Atan: "atan",
  Sinh: "sinh",
  Cosh: "cosh",
  Asinh: "asinh",
  Acosh: "acosh",
  Atanh: "atanh",
  IsNaN: "isNan",
};

const isInf: Converter = (node) =>
  node.op("unary", [node.input(0)], {
    kind: "isInf",
    positive: node.int("detect_positive", 1) !== 0,
    negative: node.int("detect_negative", 1) !== 0,
  });

const gelu: Converter = (node) =>
  node.choice("approximate", ["none", "tanh"], "none") === "tanh"
    ? geluTanh(node, node.input(0))
    : elementwise.Gelu(node);

const celuConverter: Converter = (node) => {
  const alpha = node.float("alpha", 1);
  if (alpha === 0) node.fail("alpha is 0, by which x cannot be divided");
  return celu(node, node.input(0), alpha);
};

export const functions: Record<string, Converter> = {
  ...Object.fromEntries(
    Object.entries(PLAIN).map(([op, kind]): [string, Converter] => [
      op,
      (node) => node.op("unary", [node.input(0)], { kind }),
    ]),
  ),
  IsInf: isInf,
  Gelu: gelu,
  Celu: celuConverter,
  Swish: (node) => swish(node, node.input(0), node.float("alpha", 1)),
  Selu: (node) => {
    const [alpha, gamma] = [node.float("alpha", 1.67326319), node.float("gamma", 1.05070102)];
    return selu(node, node.input(0), alpha, gamma);
  },
  ThresholdedRelu: (node) => thresholdedRelu(node, node.input(0), node.float("alpha", 1)),
  Shrink: (node) => shrink(node, node.input(0), node.float("lambd", 0.5), node.float("bias", 0)),
};
