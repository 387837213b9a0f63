/** Conv, Gemm, MatMul and BatchNormalization. */
import type { Value } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Converter, OnnxNode } from "./node.ts";
import { checkImage, readWindow } from "./window.ts";

const conv: Converter = (node) => {
  checkImage(node);
  const [x, weight, bias] = [node.input(0), node.input(1), node.optional(2)];
  const [, , height, width] = weight.shape;
  const given = node.ints("kernel_shape", [height, width]);
  if (weight.shape.length !== 4 || String(given) !== String([height, width])) {
    node.fail(`kernel_shape is ${given.join("x")}, but weight has shape ${weight.shape.join("x")}`);
  }
  const { stride, padding, dilation } = readWindow(node, [height, width]);
  const groups = node.int("group", 1);
  return node.op("conv2d", bias ? [x, weight, bias] : [x, weight], {
    stride,
    padding,
    dilation,
    groups,
  });
};

const transposed = (node: OnnxNode, x: Value): Value => node.op("transpose", [x], { perm: [1, 0] });

function scaled(node: OnnxNode, x: Value, factor: number): Value {
  return factor === 1 ? x : node.op("binary", [x, node.scalar(factor)], { kind: "mul" });
}

/** Whether c, which broadcasts to [M, N], is the same for every row: the bias of a linear. */
function isBias({ shape, constant }: Value): boolean {
  return constant !== null && sizeOf(shape.slice(0, -1)) === 1;
}

/** alpha * a * b + beta * c; with constant b a fully connected layer. */
const gemm: Converter = (node) => {
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  const a = node.int("transA", 0) ? transposed(node, node.input(0)) : node.input(0);
  let b = node.input(1);
  if (a.shape.length !== 2 || b.shape.length !== 2) {
    node.fail(`inputs have ranks ${a.shape.length} and ${b.shape.length}, expected 2 and 2`);
  }
  const c = node.optional(2);
  const addend = c && beta !== 0 ? scaled(node, c, beta) : null;
  const rows = node.int("transB", 0) === 1;
  let y: Value;
  if (b.constant && !a.constant) {
    b = scaled(node, rows ? b : transposed(node, b), alpha);
    if (addend && isBias(addend)) {
      const size = sizeOf(addend.shape);
      const bias = node.reshape(addend, [size]);
      const outputs = b.shape[0];
      return node.op(
        "linear",
        [a, b, size === outputs ? bias : node.op("expand", [bias], { shape: [outputs] })],
        {},
      );
    }
    y = node.op("linear", [a, b], {});
  } else {
    y = scaled(node, node.op("matmul", [a, rows ? transposed(node, b) : b], {}), alpha);
  }
  return addend ? node.op("binary", [y, addend], { kind: "add" }) : y;
};

/** A vector on either side is a matrix of one row or column, and leaves no axis behind. */
const matMul: Converter = (node) => {
  const [a, b] = [node.input(0), node.input(1)];
  if (a.shape.length === 2 && b.shape.length === 2 && b.constant && !a.constant) {
    return node.op("linear", [a, transposed(node, b)], {});
  }
  const left = a.shape.length === 1 ? node.reshape(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? node.reshape(b, [...b.shape, 1]) : b;
  const y = node.op("matmul", [left, right], {});
  const shape = [...y.shape];
  if (right !== b) shape.splice(-1, 1);
  if (left !== a) shape.splice(right !== b ? -1 : -2, 1);
  return node.reshape(y, shape);
};

const batchNormalization: Converter = (node) => {
  if (node.int("training_mode", 0) !== 0) node.fail("training_mode is not supported");
  if (node.int("spatial", 1) !== 1) node.fail("spatial 0 is not supported");
  const inputs = [0, 1, 2, 3, 4].map((index) => node.input(index));
  return node.op("batchNorm", inputs, { epsilon: node.float("epsilon", 1e-5) });
};

export const convolution: Record<string, Converter> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  BatchNormalization: batchNormalization,
};
