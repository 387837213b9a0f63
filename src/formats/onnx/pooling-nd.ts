/** Pools over any number of axes: averages and norms. */
import type { BinaryKind, MaxPool2dAttributes } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { readPoolWindow } from "./pool-window.ts";
import type { AxisWindow } from "./pool-window.ts";

export const binary = (node: OnnxNode, kind: BinaryKind, a: Value, b: Value): Value =>
  node.op("binary", [a, b], { kind });

/** One pool of an image: x [N, C, ...] seen as `shape`, and what comes out of it. */
interface Pass {
  readonly shape: Shape;
  readonly attributes: MaxPool2dAttributes;
}

const NO_WINDOW: AxisWindow = { kernel: 1, stride: 1, dilation: 1, before: 0, after: 0 };

function passOf(shape: Shape, [rows, columns]: readonly AxisWindow[], ceilMode: boolean): Pass {
  const pair = (key: "kernel" | "stride" | "dilation") => [rows[key], columns[key]] as const;
  return {
    shape,
    attributes: {
      kernel: pair("kernel"),
      stride: pair("stride"),
      dilation: pair("dilation"),
      padding: [rows.before, columns.before, rows.after, columns.after],
      ceilMode,
    },
  };
}

/**
 * A pool over many axes as pools of images, one after the other: the last two axes, then each axis
 * before them with all after it as the columns. Maxima, sums and means over boxes can be taken so.
 */
export function inPasses(node: OnnxNode, pool: (x: Value, pass: Pass) => Value): Value {
  const x = node.input(0);
  const { axes, automatic } = readPoolWindow(node);
  const ceilMode = !automatic && node.int("ceil_mode", 0) === 1;
  const [images, channels] = x.shape;
  const windows = axes.length === 1 ? [NO_WINDOW, ...axes] : [...axes];
  const sizes = axes.length === 1 ? [1, ...x.shape.slice(2)] : x.shape.slice(2);
  const outSizes: number[] = [];
  let y = x;
  let pair = windows.splice(-2);
  let inner = sizes.splice(-2);
  for (;;) {
    const shape = [images, channels * sizeOf(sizes), ...inner];
    y = pool(node.reshape(y, shape), passOf(shape, pair, ceilMode));
    outSizes.unshift(...(outSizes.length === 0 ? y.shape.slice(2) : [y.shape[2]]));
    const [window, size] = [windows.pop(), sizes.pop()];
    if (!window || size === undefined) break;
    pair = [window, NO_WINDOW];
    inner = [size, sizeOf(outSizes)];
  }
  return node.reshape(y, [images, channels, ...outSizes.slice(-axes.length)]);
}

const averagePool: Converter = (node) => {
  const countIncludePad = node.int("count_include_pad", 0) === 1;
  return inPasses(node, (x, { attributes }) =>
    node.op("averagePool2d", [x], { ...attributes, countIncludePad }),
  );
};

/** |x|^p */
export function power(node: OnnxNode, x: Value, p: number): Value {
  if (p === 2) return node.op("unary", [x], { kind: "square" });
  const size = node.op("unary", [x], { kind: "abs" });
  return p === 1 ? size : binary(node, "pow", size, node.scalar(p));
}

/** x^(1/p) of what is not negative. */
export function root(node: OnnxNode, x: Value, p: number): Value {
  if (p === 1) return x;
  if (p === 2) return node.op("unary", [x], { kind: "sqrt" });
  return binary(node, "pow", x, node.scalar(1 / p));
}

function exponentOf(node: OnnxNode): number {
  const p = node.int("p", 2);
  return p >= 1 ? p : node.fail(`p is ${p}, expected at least 1`);
}

/** The p-th root of the sum of |x|^p over each window; padding adds nothing. */
const lpPool: Converter = (node) => {
  const p = exponentOf(node);
  let isFirst = true;
  const sum = inPasses(node, (x, { attributes }) => {
    const terms = isFirst ? power(node, x, p) : x;
    isFirst = false;
    return node.op("averagePool2d", [terms], { ...attributes, countIncludePad: false, divisor: 1 });
  });
  return root(node, sum, p);
};

const globalLpPool: Converter = (node) => {
  const p = exponentOf(node);
  const x = node.input(0);
  const axes = [...x.shape.keys()].slice(2);
  const sum = node.op("reduce", [power(node, x, p)], { kind: "sum", axes, keepDims: true });
  return root(node, sum, p);
};

export const poolingNd: Record<string, Converter> = {
  AveragePool: averagePool,
  LpPool: lpPool,
  GlobalLpPool: globalLpPool,
};
