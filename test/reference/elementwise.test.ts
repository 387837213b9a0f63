/** Element-wise functions, softmax and topK: known values and identities. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { UnaryAttributes } from "../../src/graph/attributes.ts";
import { functionOf } from "../../src/reference/functions.ts";
import { apply, applyAll, difference, floats, noise } from "./apply.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

/** The least value between -10 and 0, and where it is. */
function minimum(attributes: UnaryAttributes): [number, number] {
  const f = functionOf(attributes);
  let best = 0;
  for (let x = -10; x < 0; x += 1e-4) if (f(x) < f(best)) best = x;
  return [best, f(best)];
}

describe("unary", () => {
  it.each([
    ["hardSwish", -1.5, -0.375],
    ["silu", -1.2785, -0.2785],
    ["mish", -1.1924, -0.3088],
  ] as const)("%s has its minimum at %f", (kind, at, value) => {
    const [x, y] = minimum({ kind });
    expect(x).toBeCloseTo(at, 3);
    expect(y).toBeCloseTo(value, 4);
  });
  it("erf agrees with tables", () => {
    const erf = functionOf({ kind: "erf" });
    const table = [
      [0, 0],
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3.5, 0.9999992569016276],
      [-1, -0.8427007929497149],
      [40, 1],
      [-Infinity, -1],
    ];
    for (const [x, y] of table) expect(erf(x)).toBeCloseTo(y, 13);
  });
  it("gelu is the exact one, by erf", () => {
    const gelu = functionOf({ kind: "gelu" });
    expect(gelu(1)).toBeCloseTo(0.8413447460685429, 13);
    expect(gelu(-1)).toBeCloseTo(-0.15865525393145707, 13);
  });
  it("rounds halves to even", () => {
    const round = functionOf({ kind: "round" });
    expect([-2.5, -1.5, -0.6, 0.5, 1.5, 2.5, 2.6].map(round)).toEqual([-2, -2, -1, 0, 2, 2, 3]);
  });
  it.each(["sigmoid", "softplus", "mish", "silu", "tanh"] as const)(
    "%s stays finite far from 0",
    (kind) => {
      const f = functionOf({ kind });
      const far = kind === "sigmoid" || kind === "tanh" ? 1 : 1000;
      expect(f(1000)).toBe(far);
      expect(f(-1000)).toBeCloseTo(kind === "tanh" ? -1 : 0, 12);
    },
  );
  it("hardSigmoid is the one of MobileNetV3 or of Keras by its numbers", () => {
    const v3 = functionOf({ kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 });
    expect([-3, 0, 1.5, 3].map(v3)).toEqual([0, 0.5, 0.75, 1]);
    expect(functionOf({ kind: "hardSigmoid", alpha: 0.2, beta: 0.5 })(1)).toBeCloseTo(0.7, 12);
  });
  it("keeps NaN in activations", () => {
    for (const kind of ["relu", "relu6", "hardSwish", "sigmoid"] as const) {
      expect(functionOf({ kind })(NaN)).toBeNaN();
    }
  });
});

describe("binary", () => {
  it("broadcasts either operand", () => {
    const column = floats([2, 1], [10, 20]);
    const row = floats([3], [1, 2, 3]);
    const y = apply("binary", [column, row], { kind: "sub" });
    expect(y).toEqual(floats([2, 3], [9, 8, 7, 19, 18, 17]));
    const z = apply("binary", [row, column], { kind: "sub" });
    expect(z).toEqual(floats([2, 3], [-9, -8, -7, -19, -18, -17]));
  });
  it("divides so that quotient and remainder of floats make the dividend", () => {
    const number = fc.float({ min: Math.fround(-100), max: 100, noNaN: true });
    fc.assert(
      fc.property(number, number, (a, b) => {
        fc.pre(Math.abs(b) > 0.01);
        const inputs = [floats([1], [a]), floats([1], [b])];
        const quotient = apply("binary", inputs, { kind: "floorDivide" }).data[0];
        const rest = apply("binary", inputs, { kind: "remainder" }).data[0];
        expect(quotient * b + rest).toBeCloseTo(a, 3);
        expect(rest === 0 || rest < 0 === b < 0).toBe(true);
      }),
    );
  });
  it("prelu with a zero slope is relu", () => {
    const x = noise([1, 3, 4, 4], 1);
    const slope = floats([3, 1, 1], [0, 0, 0]);
    const relu = apply("unary", [x], { kind: "relu" });
    expect(difference(apply("prelu", [x, slope], {}), relu)).toBe(0);
  });
});

describe("softmax", () => {
  it("sums to 1 along its axis and does not change with a shift", () => {
    const x = noise([2, 5, 3, 4], 2);
    const shifted = apply("binary", [x, floats([], [64])], { kind: "add" });
    for (const axis of [0, 1, 2, 3, -1]) {
      const y = apply("softmax", [x], { axis });
      const sums = apply("reduce", [y], { kind: "sum", axes: [axis], keepDims: true });
      expect(Math.max(...sums.data.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-6);
      expect(difference(y, apply("softmax", [shifted], { axis }))).toBeLessThan(1e-5);
    }
  });
  it("does not overflow", () => {
    const y = apply("softmax", [floats([1, 2], [1e30, 0])], { axis: 1 });
    expect([...y.data]).toEqual([1, 0]);
  });
});

describe("topK", () => {
  it("orders ties by index, largest and smallest first", () => {
    const x = floats([1, 5], [2, 5, 2, 5, 1]);
    const order = (largest: boolean) =>
      applyAll("topK", [x], { k: 4, axis: 1, largest }).map(({ data }) => [...data]);
    expect(order(true)).toEqual([
      [5, 5, 2, 2],
      [1, 3, 0, 2],
    ]);
    expect(order(false)).toEqual([
      [1, 2, 2, 5],
      [4, 0, 2, 1],
    ]);
  });
});

describe("reduce", () => {
  it("over all axes in one go equals one axis after the other", () => {
    const x = noise([2, 3, 4, 5], 3);
    for (const kind of ["sum", "mean", "max", "min", "prod"] as const) {
      const both = apply("reduce", [x], { kind, axes: [1, 3], keepDims: false });
      const last = apply("reduce", [x], { kind, axes: [3], keepDims: false });
      const each = apply("reduce", [last], { kind, axes: [1], keepDims: false });
      expect(difference(both, each)).toBeLessThan(1e-6);
    }
  });
});
