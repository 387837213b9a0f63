/** Operators that move elements undo each other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Shape } from "../../src/graph/tensor.ts";
import { apply, difference, noise } from "./apply.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 });

/** A shape with an order of its axes. */
const permuted = shapes.chain((shape) =>
  fc.tuple(
    fc.constant<Shape>(shape),
    fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
  ),
);

describe("transpose", () => {
  it("by a permutation and then its inverse is the identity", () => {
    fc.assert(
      fc.property(permuted, ([shape, perm]) => {
        const x = noise(shape, 1);
        const inverse = perm.map((_, axis) => perm.indexOf(axis));
        const there = apply("transpose", [x], { perm });
        expect(difference(apply("transpose", [there], { perm: inverse }), x)).toBe(0);
      }),
    );
  });
  it("moves each element to its permuted coordinates", () => {
    const y = apply("transpose", [noise([2, 3, 4], 2)], { perm: [2, 0, 1] });
    const x = noise([2, 3, 4], 2);
    const [i, j, k] = [1, 2, 3];
    expect(y.shape).toEqual([4, 2, 3]);
    expect(y.data[(k * 2 + i) * 3 + j]).toBe(x.data[(i * 3 + j) * 4 + k]);
  });
});

describe("slice", () => {
  it("of both parts concatenated is the identity, on any axis", () => {
    fc.assert(
      fc.property(shapes, fc.nat(), fc.nat(), (shape, axisSeed, cutSeed) => {
        const axis = axisSeed % shape.length;
        const cut = cutSeed % (shape[axis] + 1);
        const x = noise(shape, 3);
        const part = (start: number, size: number) =>
          apply("slice", [x], { axes: [axis], starts: [start], sizes: [size], steps: [1] });
        const parts = [part(0, cut), part(cut, shape[axis] - cut)];
        expect(difference(apply("concat", parts, { axis }), x)).toBe(0);
      }),
    );
  });
  it("undoes every mode of pad", () => {
    const x = noise([2, 3, 4, 5], 4);
    const [before, after] = [
      [1, 0, 3, 2],
      [0, 2, 1, 4],
    ];
    for (const mode of ["constant", "reflect", "edge"] as const) {
      const padded = apply("pad", [x], { before, after, mode, value: 3 });
      const axes = [0, 1, 2, 3];
      const attributes = { axes, starts: before, sizes: [...x.shape], steps: [1, 1, 1, 1] };
      expect(difference(apply("slice", [padded], attributes), x)).toBe(0);
    }
  });
  it("backwards twice is the identity", () => {
    const x = noise([3, 5], 5);
    const backwards = { axes: [0, 1], starts: [2, 4], sizes: [3, 5], steps: [-1, -1] };
    const once = apply("slice", [x], backwards);
    expect([...once.data]).toEqual([...x.data].reverse());
    expect(difference(apply("slice", [once], backwards), x)).toBe(0);
  });
});

describe("gather", () => {
  it("of an expanded row finds the row again", () => {
    const x = noise([1, 4, 3], 6);
    const expanded = apply("expand", [x], { shape: [5, 4, 3] });
    const index = { shape: [1], dtype: "int32", data: Int32Array.of(-2) } as const;
    expect(difference(apply("gather", [expanded, index], { axis: 0 }), x)).toBe(0);
  });
});

describe("where", () => {
  it("on a comparison is the greater of both", () => {
    const [a, b] = [noise([2, 1, 5], 7), noise([3, 5], 8)];
    const greater = apply("binary", [a, b], { kind: "greater" });
    expect(greater.dtype).toBe("bool");
    const y = apply("where", [greater, a, b], {});
    expect(difference(y, apply("binary", [a, b], { kind: "maximum" }))).toBe(0);
  });
});
