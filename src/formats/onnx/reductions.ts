/** Reductions by norms and logarithms, and functions of a whole axis. */
import type { ReduceKind } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { alongAxis, reducedAxes } from "./pooling.ts";

type Kind = "abs" | "square" | "sqrt" | "log" | "exp";

const unary = (node: OnnxNode, x: Value, kind: Kind): Value => node.op("unary", [x], { kind });

const cast = (node: OnnxNode, x: Value, to: Value["dtype"]): Value =>
  x.dtype === to ? x : node.op("cast", [x], { to });

/** Reduces as the node says; over no axes nothing is reduced, but what is done to x still is. */
function reduce(node: OnnxNode, x: Value, kind: ReduceKind, keepDims: boolean): Value {
  const axes = reducedAxes(node);
  return axes ? node.op("reduce", [x], { kind, axes, keepDims }) : x;
}

const keepsDims = (node: OnnxNode): boolean => node.int("keepdims", 1) === 1;

/** after(sum of before(x)), computed in float32. */
const sumOf =
  (before: Kind | null, after: Kind | null): Converter =>
  (node) => {
    const given = node.input(0);
    const x = after ? cast(node, given, "float32") : given;
    const sum = reduce(node, before ? unary(node, x, before) : x, "sum", keepsDims(node));
    return cast(node, after ? unary(node, sum, after) : sum, given.dtype);
  };

const LEAST = -3.4028234663852886e38;

/** log of the sum of exp(x - max), plus max: exponentials of large numbers would overflow. */
const logSumExp: Converter = (node) => {
  const given = node.input(0);
  if (!reducedAxes(node)) return given;
  const x = cast(node, given, "float32");
  const greatest = reduce(node, x, "max", true);
  // The maximum of nothing is -inf, and -inf - -inf is not a number.
  const finite = node.op("unary", [greatest], { kind: "clamp", min: LEAST, max: -LEAST });
  const distance = node.op("binary", [x, finite], { kind: "sub" });
  const sum = reduce(node, unary(node, distance, "exp"), "sum", keepsDims(node));
  const shift = node.reshape(finite, sum.shape);
  const y = node.op("binary", [unary(node, sum, "log"), shift], { kind: "add" });
  return cast(node, y, given.dtype);
};

/** 1 at the first maximum along an axis, 0 elsewhere. */
const hardmax: Converter = (node) =>
  alongAxis(node, (x, axis) => {
    const [, first] = node.apply("topK", [x], { k: 1, axis, largest: true });
    const size = x.shape[axis];
    node.spend(size);
    const shape = [size, ...x.shape.slice(axis + 1).map(() => 1)];
    const places = node.constant(
      shape,
      Int32Array.from({ length: size }, (_, i) => i),
    );
    return cast(node, node.op("binary", [places, first], { kind: "equal" }), "float32");
  });

export const reductions: Record<string, Converter> = {
  ReduceL1: sumOf("abs", null),
  ReduceL2: sumOf("square", "sqrt"),
  ReduceSumSquare: sumOf("square", null),
  ReduceLogSum: sumOf(null, "log"),
  ReduceLogSumExp: logSumExp,
  LogSoftmax: (node) => alongAxis(node, (x, axis) => node.op("softmax", [x], { axis, log: true })),
  Hardmax: hardmax,
};
