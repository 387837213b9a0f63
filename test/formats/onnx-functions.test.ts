/** The rarer functions of one value, casts, and what is rejected with a reason. */
import { describe, expect, test } from "vitest";
import { findUnsupportedOnnx, parseOnnx } from "../../src/formats/onnx/all.ts";
import { errorOf } from "./error-of.ts";
import { constant, fileOf, input, numbersOf, runOnnx, scalar } from "./run-onnx.ts";
import type { RunOptions } from "./run-onnx.ts";

const [FLOAT, UINT8, INT8, UINT16, INT16, INT32, INT64, BOOL] = [1, 2, 3, 4, 5, 6, 7, 9];
const [FLOAT16, BFLOAT16] = [10, 16];

const [alpha, gamma] = [1.67326319217681884765625, 1.05070102214813232421875];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const ROWS: readonly (readonly [string, Record<string, { f: number }>, (x: number) => number])[] = [
  ["Selu", {}, (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x))],
  ["Selu", { alpha: { f: 2 }, gamma: { f: 3 } }, (x) => 3 * (x > 0 ? x : 2 * Math.expm1(x))],
  ["Celu", {}, (x) => (x > 0 ? x : Math.expm1(x))],
  ["Celu", { alpha: { f: 2 } }, (x) => (x > 0 ? x : 2 * Math.expm1(x / 2))],
  ["Celu", { alpha: { f: -2 } }, (x) => (x > 0 ? x : -2 * Math.expm1(x / -2))],
  ["Elu", { alpha: { f: -0.5 } }, (x) => (x > 0 ? x : -0.5 * Math.expm1(x))],
  ["LeakyRelu", { alpha: { f: -2 } }, (x) => (x > 0 ? x : -2 * x)],
  ["HardSigmoid", {}, (x) => Math.min(Math.max(0.2 * x + 0.5, 0), 1)],
  [
    "HardSigmoid",
    { alpha: { f: 0.5 }, beta: { f: 0.5 } },
    (x) => Math.min(Math.max((x + 1) / 2, 0), 1),
  ],
  ["ThresholdedRelu", {}, (x) => (x > 1 ? x : 0)],
  ["ThresholdedRelu", { alpha: { f: -1 } }, (x) => (x > -1 ? x : 0)],
  ["Shrink", {}, (x) => (Math.abs(x) > 0.5 ? x : 0)],
  [
    "Shrink",
    { lambd: { f: 1.5 }, bias: { f: 1.5 } },
    (x) => Math.sign(x) * Math.max(Math.abs(x) - 1.5, 0),
  ],
  ["Shrink", { lambd: { f: -1 }, bias: { f: 1 } }, (x) => (x < 1 ? x + 1 : x - 1)],
  ["Swish", { alpha: { f: 2 } }, (x) => x * sigmoid(2 * x)],
  ["Swish", {}, (x) => x * sigmoid(x)],
  ["Sin", {}, Math.sin],
  ["Acosh", {}, (x) => Math.acosh(Math.abs(x) + 1)],
  ["Atan", {}, Math.atan],
];

const XS = [-4, -2, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 1.6, 3];

test.each(ROWS)("%s with %j is what ONNX says", async (op, attributes, f) => {
  const x = input(op === "Acosh" ? XS.map((v) => Math.abs(v) + 1) : XS);
  const y = await numbersOf(op, [x], { attributes, opset: op === "Swish" ? 24 : 21 });
  XS.forEach((v, i) => expect(y[i], `${op}(${v})`).toBeCloseTo(f(Math.fround(v)), 5));
});

test("PRelu has slopes of every shape that broadcasts", async () => {
  const x = { shape: [1, 2, 1, 2], data: [-1, 2, -3, -4] };
  const run = (shape: number[], data: number[]) =>
    numbersOf("PRelu", [x, { shape, data, constant: true }]);
  expect(await run([], [2])).toEqual([-2, 2, -6, -8]);
  expect(await run([2, 1, 1], [2, -1])).toEqual([-2, 2, 3, 4]);
  expect(await run([2], [2, 3])).toEqual([-2, 2, -6, -12]);
  expect(await run([1, 2, 1, 2], [1, 2, 3, 4])).toEqual([-1, 2, -9, -16]);
});

test("IsNaN and IsInf have booleans", async () => {
  const x = input([1, NaN, Infinity, -Infinity]);
  const [y] = await runOnnx("IsNaN", [x]);
  expect(y).toEqual({ shape: [4], dtype: "bool", data: Uint8Array.of(0, 1, 0, 0) });
  expect(await numbersOf("IsInf", [x])).toEqual([0, 0, 1, 1]);
  const attributes = { detect_negative: 0 };
  expect(await numbersOf("IsInf", [x], { attributes })).toEqual([0, 0, 1, 0]);
});

describe("Cast", () => {
  const cast = (data: number[], from: number, to: number) =>
    numbersOf("Cast", [input(data, from)], { attributes: { to } });

  test("rounds to 16-bit floats", async () => {
    expect(await cast([1 + 2 ** -11, 65519, 1e6, 0.1], FLOAT, FLOAT16)).toEqual([
      1,
      65504,
      Infinity,
      0.0999755859375,
    ]);
    expect(await cast([1 + 2 ** -8, 1.01], FLOAT, BFLOAT16)).toEqual([1, 1.0078125]);
    expect(await cast([0.1], FLOAT16, FLOAT16)).toEqual([Math.fround(0.1)]);
  });
  test.each([
    [INT64, UINT8, [0, 255, 0, 255, 44]],
    [INT64, INT8, [0, -1, 0, -1, 44]],
    [INT64, UINT16, [0, 255, 256, 65535, 300]],
    [INT64, INT16, [0, 255, 256, -1, 300]],
    [INT64, INT32, [0, 255, 256, -1, 300]],
  ])("of type %i to type %i wraps round", async (from, to, expected) => {
    expect(await cast([0, 255, 256, -1, 300], from, to)).toEqual(expected);
  });
  test("of floats drops the fraction first", async () => {
    expect(await cast([-1.9, 1.9, 127.5, -128.9], FLOAT, INT8)).toEqual([-1, 1, 127, -128]);
  });
  test("does no more than it must", () => {
    const nodes = (from: number, to: number) => {
      const file = fileOf("Cast", [input([1], from)], { attributes: { to } });
      return parseOnnx(file).nodes.map(({ op }) => op);
    };
    expect(nodes(UINT8, INT16)).toEqual([]);
    expect(nodes(BOOL, UINT8)).toEqual(["cast"]);
    expect(nodes(FLOAT16, FLOAT)).toEqual([]);
    expect(nodes(FLOAT, FLOAT16)).toEqual(["unary"]);
  });
  test("takes the type of another value", async () => {
    const inputs = [input([200, -1], INT64), constant([0], INT8)];
    expect(await numbersOf("CastLike", inputs)).toEqual([-56, -1]);
    expect(await numbersOf("CastLike", [input([0.1]), input([0], FLOAT16)])).toEqual([
      0.0999755859375,
    ]);
    const [y] = await runOnnx("CastLike", [input([2.5]), input([0], BOOL)]);
    expect(y.dtype).toBe("bool");
  });
  test.each([
    [17, "float8e4m3fn"],
    [20, "float8e5m2fnuz"],
    [22, "int4"],
    [8, "string"],
    [14, "complex64"],
  ])("to type %i is rejected by name", (to, name) => {
    const file = fileOf("Cast", [input([1])], { attributes: { to } });
    expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
      `FormatError: onnx "m.onnx": node 0 "Cast" (n): element type ${name} is not supported`,
    );
  });
});

describe("Dropout in training", () => {
  const outputs = ["y", "mask"];
  const training = scalar(1, BOOL);
  test("with ratio 0 is the identity, and keeps everything", async () => {
    const [y, mask] = await runOnnx("Dropout", [input([1, 2]), scalar(0), training], { outputs });
    expect([...y.data]).toEqual([1, 2]);
    expect(mask).toEqual({ shape: [2], dtype: "bool", data: Uint8Array.of(1, 1) });
  });
  test("with another ratio is rejected", () => {
    const file = fileOf("Dropout", [input([1, 2]), scalar(0.5), training]);
    expect(errorOf(() => parseOnnx(file))).toContain("which elements are dropped is random");
  });
});

test.each([
  ["BitShift", {}, "it works on the bits of integers, which are floats on the GPU"],
  ["RandomNormal", {}, "its outputs are random numbers"],
  ["StringConcat", {}, "strings are no tensors of numbers"],
  ["SequenceAt", {}, "sequences and optional values are no tensors"],
  ["Unique", {}, "the data would decide the shape of its output"],
] as [string, RunOptions, string][])(
  "parseOnnx rejects %s with a reason",
  (op, options, reason) => {
    const file = fileOf(op, [input([1], INT32), input([1], INT32)], options);
    expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
      `FormatError: onnx "m.onnx": node 0 "${op}" is not supported: ${reason}`,
    );
    expect(findUnsupportedOnnx(file)).toEqual([{ op, count: 1 }]);
  },
);

test("parseOnnx rejects a Celu with alpha 0", () => {
  const file = fileOf("Celu", [input([1])], { attributes: { alpha: { f: 0 } } });
  expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
    'FormatError: onnx "m.onnx": node 0 "Celu" (n): alpha is 0, by which x cannot be divided',
  );
});
