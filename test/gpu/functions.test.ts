/** Functions of one value far out, near zero and at their edges, number by number. */
import { describe, expect, test } from "vitest";
import type { UnaryAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/graph.ts";
import { lookupActivation } from "../../src/graph/lookup.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { functionOf } from "../../src/reference/functions.ts";
import { testDevice } from "./run-kernel.ts";

/** f of every number, on the GPU; `build` makes the graph of f. */
async function compute(
  numbers: readonly number[],
  build: (builder: GraphBuilder, x: Value) => Value,
): Promise<number[]> {
  const builder = new GraphBuilder("function");
  builder.output("y", build(builder, builder.input("x", [numbers.length])));
  const model = await load(builder.graph, { device: await testDevice() });
  const x = tensor([numbers.length], Float32Array.from(numbers));
  const { y } = await model.run({ x });
  model.dispose();
  return [...y.data];
}

const both = (...numbers: number[]) => [...numbers, ...numbers.map((x) => -x)];
const FAR = both(0, 1e-30, 1e-6, 1e-3, 0.1, 0.5, 1, 2.5, 6, 15, 19.9, 20.1, 30, 60, 87, 100);
const INSIDE = both(0, 1e-6, 1e-3, 0.1, 0.49, 0.51, 0.9, 0.999, 0.999999);

const FUNCTIONS: readonly (readonly [UnaryAttributes, readonly number[]])[] = [
  [{ kind: "sigmoid" }, FAR],
  [{ kind: "silu" }, FAR],
  [{ kind: "mish" }, FAR],
  [{ kind: "tanh" }, FAR],
  [{ kind: "softplus" }, FAR],
  [{ kind: "gelu" }, FAR],
  [{ kind: "elu", alpha: 1 }, FAR],
  [{ kind: "elu", alpha: -2.5 }, FAR],
  [{ kind: "leakyRelu", negativeSlope: -3 }, FAR],
  [{ kind: "hardSigmoid", alpha: -0.1, beta: 0.7 }, FAR],
  [{ kind: "hardSwish" }, FAR],
  [{ kind: "softsign" }, FAR],
  [{ kind: "exp" }, FAR.filter((x) => x < 88)],
  [{ kind: "sin" }, FAR],
  [{ kind: "cos" }, FAR],
  [{ kind: "tan" }, FAR],
  [{ kind: "asin" }, [...INSIDE, 1, -1]],
  [{ kind: "acos" }, [...INSIDE, 1, -1]],
  [{ kind: "atan" }, [...FAR, 0.41, 0.42, 2.41, 2.42, 1e30]],
  [{ kind: "sinh" }, both(...FAR, 0.99, 1.01).filter((x) => Math.abs(x) < 88)],
  [{ kind: "cosh" }, FAR.filter((x) => Math.abs(x) < 88)],
  [{ kind: "asinh" }, [...FAR, 1e20, -1e30]],
  [{ kind: "acosh" }, [1, 1.000001, 1.001, 1.5, 2, 5, 100, 1e20, 3e38]],
  [{ kind: "atanh" }, INSIDE],
];

describe("a function of one value is exact to 1e-5 of it, or to 2e-7,", () => {
  test.each(FUNCTIONS.map(([a, x]) => [JSON.stringify(a), a, x] as const))(
    "far out and near zero: %s",
    async (_, attributes, given) => {
      const numbers = given.map(Math.fround);
      const actual = await compute(numbers, (builder, x) => builder.unary(x, attributes));
      const f = functionOf(attributes);
      const wrong = numbers.flatMap((x, i) => {
        const expected = f(x);
        const allowed = 2e-7 + 1e-5 * Math.abs(expected);
        return Math.abs(actual[i] - expected) <= allowed ? [] : [[x, actual[i], expected]];
      });
      expect(wrong).toEqual([]);
    },
  );
});

test("exp overflows to infinity and underflows to 0", async () => {
  const y = await compute([88.5, 89, 1000, -88, -1000], (builder, x) =>
    builder.unary(x, { kind: "exp" }),
  );
  expect(y[0]).toBeCloseTo(Math.exp(88.5), -36);
  expect(y.slice(1, 3)).toEqual([Infinity, Infinity]);
  expect(y[3]).toBeLessThan(1e-38);
  expect(y[4]).toBe(0);
});

test("isNan and isInf find what a file calls so", async () => {
  const numbers = [0, -1, NaN, Infinity, -Infinity, 3e38];
  const find = (attributes: UnaryAttributes) =>
    compute(numbers, (builder, x) => builder.unary(x, attributes));
  expect(await find({ kind: "isNan" })).toEqual([0, 0, 1, 0, 0, 0]);
  expect(await find({ kind: "isInf", positive: true, negative: true })).toEqual([0, 0, 0, 1, 1, 0]);
  expect(await find({ kind: "isInf", positive: true, negative: false })).toEqual([
    0, 0, 0, 1, 0, 0,
  ]);
  expect(await find({ kind: "isInf", positive: false, negative: true })).toEqual([
    0, 0, 0, 0, 1, 0,
  ]);
});

/** What IEEE 754 has for the nearest binary16 and bfloat16. */
const ROUNDED: readonly (readonly [number, number, number])[] = [
  [0, 0, 0],
  [1, 1, 1],
  // Halves to even.
  [1 + 2 ** -11, 1, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9, 1],
  [1 + 2 ** -8, 1 + 2 ** -8, 1],
  [1 + 3 * 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -6],
  [-2049, -2048, -2048],
  [-2051, -2052, -2048],
  // Below 2^-14 binary16 has multiples of 2^-24.
  [2 ** -24, 2 ** -24, 2 ** -24],
  [2 ** -25, 0, 2 ** -25],
  [3 * 2 ** -25, 2 ** -23, 3 * 2 ** -25],
  [-(2 ** -26), -0, -(2 ** -26)],
  [2 ** -14 - 2 ** -26, 2 ** -14, 2 ** -14],
  // The greatest binary16 is 65504; what is at least halfway to 65536 overflows.
  [65504, 65504, 65536],
  [65519.99, 65504, 65536],
  [65520, Infinity, 65536],
  [-(2 ** 100), -Infinity, -(2 ** 100)],
  [3.4e38, Infinity, Infinity],
  [Infinity, Infinity, Infinity],
  [-Infinity, -Infinity, -Infinity],
  [NaN, NaN, NaN],
];

test.each([
  ["float16", 1],
  ["bfloat16", 2],
] as const)("roundTo %s gives the nearest, halves to even", async (format, column) => {
  const attributes = { kind: "roundTo", format } as const;
  const expected = ROUNDED.map((row) => Math.fround(row[column]));
  const y = await compute(
    ROUNDED.map(([x]) => x),
    (builder, x) => builder.unary(x, attributes),
  );
  expect(y).toEqual(expected);
  const f = functionOf(attributes);
  expect(ROUNDED.map(([x]) => Math.fround(f(Math.fround(x))))).toEqual(expected);
});

/** The greatest error of a table on a fine grid of [least, most]. */
async function worstOf(
  attributes: UnaryAttributes,
  f: (x: number) => number,
  [least, most]: readonly [number, number] = [-8, 8],
): Promise<number> {
  const count = 4001;
  const grid = Array.from({ length: count }, (_, i) =>
    Math.fround(least + ((most - least) * i) / (count - 1)),
  );
  const y = await compute(grid, (builder, x) => builder.unary(x, attributes));
  return Math.max(...grid.map((x, i) => Math.abs(y[i] - f(x))));
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

describe("a look-up table", () => {
  test.each([16, 64, 256, 1000])(
    "of a sigmoid with %i intervals keeps its error bounds",
    async (intervals) => {
      const h = 16 / intervals;
      const nearest = lookupActivation("sigmoid", { intervals, mode: "nearest" });
      const linear = lookupActivation("sigmoid", { intervals });
      const errors = [await worstOf(nearest, sigmoid), await worstOf(linear, sigmoid)];
      const bounds = [h / 8, (h * h * 0.0962) / 8];
      // Both bounds are reached nearly, so the tables are no better than they should be.
      errors.forEach((error, i) => {
        expect(error).toBeLessThan(bounds[i] + 2e-7);
        expect(error).toBeGreaterThan(0.75 * bounds[i]);
      });
    },
  );
  test("of tanh has four times the slope, and sixteen times the curvature at half of the place", async () => {
    const h = 16 / 128;
    const nearest = lookupActivation("tanh", { intervals: 128, mode: "nearest" });
    expect(await worstOf(nearest, Math.tanh)).toBeLessThan(h / 2);
    const linear = lookupActivation("tanh", { intervals: 128 });
    expect(await worstOf(linear, Math.tanh)).toBeLessThan((h * h * 0.77) / 8);
  });
  test("of swish is x times the table, so that it does not end", async () => {
    const swish = (x: number) => x * sigmoid(x);
    const linear = lookupActivation("swish");
    expect(await worstOf(linear, swish)).toBeLessThan(8 * 4.8e-5);
    expect(await worstOf(linear, swish, [8, 100])).toBeLessThan(100 * 3.4e-4);
    const limited = lookupActivation("swish", { limits: true });
    expect(await worstOf(limited, swish, [8.01, 100])).toBeLessThan(8 * 3.4e-4);
  });
  test("stays at its last entries beyond the range, or has the limits", async () => {
    const far = [-1000, -8.5, 8.5, 1000];
    const values = (limits: boolean) =>
      compute(far, (builder, x) => builder.unary(x, lookupActivation("sigmoid", { limits })));
    const [low, high] = [-8, 8].map((x) => Math.fround(sigmoid(x)));
    expect(await values(false)).toEqual([low, low, high, high]);
    expect(await values(true)).toEqual([0, 0, 1, 1]);
  });
  test("rides on the kernel that computes its input", async () => {
    const builder = new GraphBuilder("fused");
    const x = builder.input("x", [1, 4, 3, 3]);
    const weight = builder.constant(tensor([4, 4, 1, 1], new Float32Array(16).fill(0.5)));
    const gate = builder.unary(builder.conv2d(x, weight, null), lookupActivation("swish"));
    builder.output("y", builder.unary(gate, lookupActivation("tanh")));
    const model = await load(builder.graph, { device: await testDevice() });
    expect(model.statistics.dispatches).toBe(1);
    const { y } = await model.run({ x: tensor([1, 4, 3, 3], new Float32Array(36).fill(0.25)) });
    expect(y.data[0]).toBeCloseTo(Math.tanh(0.5 * sigmoid(0.5)), 3);
    model.dispose();
  });
  test("has at least one interval", () => {
    expect(() => lookupActivation("tanh", { intervals: 0 })).toThrow(
      'lookup "tanh": 0 intervals on -8..8 are not valid, expected 1 to 2^20 on a range that is not empty',
    );
  });
});
