import { describe, expect, test } from "vitest";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { Tensor, TensorArray } from "../../src/graph/tensor.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { floats, longs } from "./onnx-encode.ts";
import type { AttributeSpec, NodeOptions } from "./onnx-encode.ts";
import { graphOf, importOf } from "./onnx-node.ts";

/** What a node makes of x, by the float64 reference. */
function run(op: string, x: Tensor, options?: NodeOptions): Tensor {
  return evaluateGraph(graphOf(op, [...x.shape], options), { x }).y;
}

function expectClose(actual: TensorArray, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 5));
}

const points = [-4, -1.5, -0.5, 0, 0.5, 1.5, 3];
const x = tensor([points.length], Float32Array.from(points));
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const softplus = (v: number) => Math.log(1 + Math.exp(v));
/** Values of erf at the points, from tables. */
const erf = [-1, -0.9661051, -0.5204999, 0, 0.5204999, 0.9661051, 0.9999779];

const functions: [string, Record<string, AttributeSpec>, (v: number, i: number) => number][] = [
  ["Relu", {}, (v) => (v > 0 ? v : 0)],
  ["LeakyRelu", {}, (v) => (v > 0 ? v : 0.01 * v)],
  ["LeakyRelu", { alpha: { f: 0.25 } }, (v) => (v > 0 ? v : 0.25 * v)],
  ["Elu", { alpha: { f: 2 } }, (v) => (v > 0 ? v : 2 * (Math.exp(v) - 1))],
  ["Sigmoid", {}, sigmoid],
  ["HardSigmoid", {}, (v) => Math.max(0, Math.min(1, 0.2 * v + 0.5))],
  ["HardSigmoid", { alpha: { f: 1 }, beta: { f: 0 } }, (v) => Math.max(0, Math.min(1, v))],
  ["HardSwish", {}, (v) => v * Math.max(0, Math.min(1, v / 6 + 0.5))],
  ["Mish", {}, (v) => v * Math.tanh(softplus(v))],
  ["Swish", {}, (v) => v * sigmoid(v)],
  ["Swish", { alpha: { f: 2 } }, (v) => v * sigmoid(2 * v)],
  ["Tanh", {}, Math.tanh],
  ["Softplus", {}, softplus],
  ["Softsign", {}, (v) => v / (1 + Math.abs(v))],
  ["Abs", {}, Math.abs],
  ["Neg", {}, (v) => 0 - v],
  ["Exp", {}, Math.exp],
  ["Floor", {}, (v) => Math.floor(v)],
  ["Ceil", {}, (v) => Math.ceil(v) + 0],
  ["Round", {}, (_, i) => [-4, -2, 0, 0, 0, 2, 3][i]],
  ["Sign", {}, (v) => Math.sign(v)],
  ["Erf", {}, (_, i) => erf[i]],
  ["Identity", {}, (v) => v],
  [
    "Gelu",
    { approximate: "tanh" },
    (v) => 0.5 * v * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3))),
  ],
];

describe("parseOnnx reads a function of one value:", () => {
  test.each(functions)("%s %j", (op, attributes, f) => {
    expectClose(run(op, x, { opset: 24, attributes }).data, points.map(f));
  });

  const positive = tensor([3], Float32Array.of(0.25, 1, 9));
  test.each<[string, (v: number) => number]>([
    ["Sqrt", Math.sqrt],
    ["Log", Math.log],
    ["Reciprocal", (v) => 1 / v],
  ])("%s", (op, f) => {
    expectClose(run(op, positive).data, Array.from(positive.data, f));
  });

  test("Gelu by the error function", () => {
    const halves = tensor([2], Float32Array.of(Math.SQRT2 / 2, -Math.SQRT2 / 2));
    const expected = [1, -1].map((sign) => (sign * Math.SQRT2 * (1 + sign * 0.5204999)) / 4);
    expectClose(run("Gelu", halves, { opset: 20 }).data, expected);
  });

  test.each<[string, NodeOptions, string]>([
    ["clamp", { opset: 10, attributes: { min: { f: -1 }, max: { f: 1 } } }, " min=-1 max=1"],
    ["relu6", { initializers: [floats("a", [], [0]), floats("b", [], [6])] }, ""],
    ["relu", { initializers: [floats("a", [], [0])] }, ""],
    ["clamp", { initializers: [null, floats("b", [1], [3])] }, " min=-Infinity max=3"],
  ])("Clip as %s, row %#", (kind, options, bounds) => {
    expect(importOf("Clip", [2], options)).toBe(`unary kind=${kind}${bounds} -> 2`);
  });

  test("Clip without bounds as nothing", () => {
    expect(importOf("Clip", [2], { opset: 6 })).toBe(" -> 2");
  });

  test("Cast only where the type changes", () => {
    expect(importOf("Cast", [2], { attributes: { to: 11 } })).toBe(" -> 2");
    expect(importOf("Cast", [2], { attributes: { to: 7 } })).toBe("cast to=int32 -> 2");
    expect(importOf("Cast", [2], { attributes: { to: 9 } })).toBe("cast to=bool -> 2");
  });
});

describe("parseOnnx reads a function of two values:", () => {
  const [a, b] = [
    [1, -5, 5, 3],
    [1, 3, -3, 4],
  ];
  test.each<[string, Record<string, AttributeSpec>, (a: number, b: number) => number]>([
    ["Add", {}, (p, q) => p + q],
    ["Sub", {}, (p, q) => p - q],
    ["Mul", {}, (p, q) => p * q],
    ["Div", {}, (p, q) => p / q],
    ["Pow", {}, (p, q) => p ** q],
    ["Min", {}, Math.min],
    ["Max", {}, Math.max],
    ["Mean", {}, (p, q) => (p + q) / 2],
    ["Sum", {}, (p, q) => p + q],
    ["Mod", {}, (p, q) => p - q * Math.floor(p / q)],
    ["Mod", { fmod: 1 }, (p, q) => p - q * Math.trunc(p / q)],
    ["PRelu", {}, (p, q) => (p > 0 ? p : p * q)],
    ["Equal", {}, (p, q) => Number(p === q)],
    ["Less", {}, (p, q) => Number(p < q)],
    ["LessOrEqual", {}, (p, q) => Number(p <= q)],
    ["Greater", {}, (p, q) => Number(p > q)],
    ["GreaterOrEqual", {}, (p, q) => Number(p >= q)],
  ])("%s %j", (op, attributes, f) => {
    const options = { attributes, initializers: [floats("b", [4], b)] };
    const expected = a.map((value, i) => f(value, b[i]));
    expectClose(run(op, tensor([4], Float32Array.from(a)), options).data, expected);
  });

  test.each<[string, number[]]>([
    ["And", [0, 0, 0, 1]],
    ["Or", [0, 1, 1, 1]],
    ["Xor", [0, 1, 1, 0]],
  ])("%s", (op, expected) => {
    const mask = { name: "b", dims: [4], type: 9, ints: [0, 1, 0, 1] };
    const given = tensor([4], Uint8Array.of(0, 0, 1, 1));
    expect([...run(op, given, { type: 9, initializers: [mask] }).data]).toEqual(expected);
  });

  test("Div of integers toward zero", () => {
    const given = tensor([3], Int32Array.of(7, -7, 8));
    const { data } = run("Div", given, { type: 7, initializers: [longs("b", [2, 2, 4])] });
    expect(data).toEqual(Int32Array.of(3, -3, 2));
  });

  test("Pow with the type of the base, and a square by itself", () => {
    const cubes = run("Pow", tensor([2], Int32Array.of(2, -3)), {
      type: 6,
      initializers: [floats("e", [], [3])],
    });
    expect(cubes.data).toEqual(Int32Array.of(8, -27));
    const two = { initializers: [floats("e", [], [2])] };
    expect(importOf("Pow", [2], two)).toBe("unary kind=square -> 2");
  });

  test("Add of operator set 6 along an axis", () => {
    const options = { opset: 6, attributes: { broadcast: 1, axis: 0 } };
    const given = tensor([2, 2], Float32Array.of(1, 2, 3, 4));
    const { data } = run("Add", given, { ...options, initializers: [floats("b", [2], [10, 20])] });
    expect([...data]).toEqual([11, 12, 23, 24]);
  });

  test("Where of three", () => {
    const given = tensor([2], Uint8Array.of(1, 0));
    const initializers = [floats("a", [], [5]), floats("b", [2], [6, 7])];
    expect([...run("Where", given, { type: 9, initializers }).data]).toEqual([5, 7]);
  });

  test("Gemm with alpha and beta", () => {
    const options = {
      attributes: { alpha: { f: 2 }, beta: { f: 3 } },
      initializers: [floats("w", [2, 2], [1, 2, 3, 4]), floats("c", [2], [10, 20])],
    };
    const given = tensor([1, 2], Float32Array.of(1, 1));
    expect([...run("Gemm", given, options).data]).toEqual([38, 72]);
  });
});
