/** Reductions, log-softmax and hardmax of ONNX files: identities, and values worked out by hand. */
import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { floats as tensorOf, noise } from "../reference/apply.ts";
import { encodeNode, longs } from "./onnx-encode.ts";
import type { NodeOptions } from "./onnx-encode.ts";
import { graphOf } from "./onnx-node.ts";

function outputOf(op: string, x: Tensor, options: NodeOptions = {}): Tensor {
  const type = x.dtype === "float32" ? 1 : 6;
  return evaluateGraph(graphOf(op, [...x.shape], { type, ...options }), { x }).y;
}

const expectClose = (actual: Tensor, expected: readonly number[]) => {
  expect(actual.data).toHaveLength(expected.length);
  expected.forEach((x, i) => expect(actual.data[i]).toBeCloseTo(x, 5));
};

describe("the softmax family", () => {
  test.each([
    [11, 1],
    [13, 1],
    [13, -1],
  ])("LogSoftmax of operator set %i over axis %i is the logarithm of Softmax", (opset, axis) => {
    const x = noise([2, 3, 4], 5);
    const options = { opset, attributes: { axis } };
    const softmax = outputOf("Softmax", x, options);
    expectClose(outputOf("LogSoftmax", x, options), [...softmax.data].map(Math.log));
  });
  test("Hardmax is 1 at the first maximum of an axis, or until operator set 12 of all from it on", () => {
    const x = tensorOf([2, 2, 2], [1, 3, 3, 2, 0, 0, 5, 5]);
    const hardmax = (opset: number, axis: number) => [
      ...outputOf("Hardmax", x, { opset, attributes: { axis } }).data,
    ];
    expect(hardmax(13, 1)).toEqual([0, 1, 1, 0, 0, 0, 1, 1]);
    expect(hardmax(13, 2)).toEqual([0, 1, 1, 0, 1, 0, 1, 0]);
    expect(hardmax(11, 1)).toEqual([0, 1, 0, 0, 0, 0, 1, 0]);
  });
});

describe("reductions", () => {
  const rows = tensorOf([2, 2], [3, -4, 1, 2]);
  const all = { attributes: { axes: [1], keepdims: 0 } };
  test.each([
    ["ReduceL1", [7, 3]],
    ["ReduceL2", [5, Math.sqrt(5)]],
    ["ReduceSumSquare", [25, 5]],
    ["ReduceLogSumExp", [3 + Math.log1p(Math.exp(-7)), 2 + Math.log1p(Math.exp(-1))]],
  ])("%s of rows", (op, expected) => expectClose(outputOf(op, rows, all), expected));
  test("ReduceLogSum is the logarithm of the sum", () => {
    expectClose(outputOf("ReduceLogSum", tensorOf([1, 2], [3, 5]), all), [Math.log(8)]);
  });
  test("ReduceLogSumExp does not overflow", () => {
    const y = outputOf("ReduceLogSumExp", tensorOf([1, 3], [1000, 1000, -1000]), all);
    expectClose(y, [Math.fround(1000 + Math.LN2)]);
  });
  test("of integers are integers, rounded toward zero at the end", () => {
    const x: Tensor = { shape: [3], dtype: "int32", data: Int32Array.of(2, -3, 4) };
    const of = (op: string) => {
      const { dtype, data } = outputOf(op, x, { attributes: { keepdims: 0 } });
      return [dtype, ...data];
    };
    expect(of("ReduceL1")).toEqual(["int32", 9]);
    expect(of("ReduceL2")).toEqual(["int32", 5]);
    expect(of("ReduceSumSquare")).toEqual(["int32", 29]);
    expect(of("ReduceLogSumExp")).toEqual(["int32", 4]);
  });
  test.each([
    ["ReduceMax", -Infinity],
    ["ReduceSum", 0],
    ["ReduceL2", 0],
    ["ReduceProd", 1],
    ["ReduceLogSum", -Infinity],
    ["ReduceLogSumExp", -Infinity],
  ])("%s of nothing is %d", (op, expected) => {
    const x = tensorOf([2, 0], []);
    const graph = parseOnnx(encodeNode(op, [2, 0], all), { inputShapes: { x: [2, 0] } });
    expect([...evaluateGraph(graph, { x }).y.data]).toEqual([expected, expected]);
  });
  test("that are told to reduce nothing still do to x what they do before and after", () => {
    const options = { opset: 18, attributes: { noop_with_empty_axes: 1 } };
    expectClose(outputOf("ReduceL2", rows, options), [3, 4, 1, 2]);
    expectClose(outputOf("ReduceSumSquare", rows, options), [9, 16, 1, 4]);
    expectClose(outputOf("ReduceLogSumExp", rows, options), [3, -4, 1, 2]);
  });
  test("take axes from an input since operator set 18", () => {
    const options = { opset: 18, initializers: [longs("axes", [-2])] };
    const y = outputOf("ReduceL1", rows, options);
    expect([y.shape, ...y.data]).toEqual([[1, 2], 4, 6]);
  });
});
