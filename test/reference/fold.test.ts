/** Folding of constants: exact integers, every operator that folds, and its limits. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldNode } from "../../src/reference/fold.ts";
import { ShapeError } from "../../src/graph/errors.ts";
import type { BinaryKind, OperatorAttributes, OperatorName } from "../../src/graph/attributes.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const int32 = (shape: Shape, data: number[]): Tensor => ({
  shape,
  dtype: "int32",
  data: Int32Array.from(data),
});
const float32 = (shape: Shape, data: number[]): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(data),
});
const bool = (shape: Shape, data: number[]): Tensor => ({
  shape,
  dtype: "bool",
  data: Uint8Array.from(data),
});

function fold<K extends OperatorName>(op: K, inputs: Tensor[], attributes: OperatorAttributes[K]) {
  const outputs = foldNode({ op, inputs, attributes });
  if (!outputs) throw new Error(`${op} did not fold`);
  return outputs[0];
}

function integers(kind: BinaryKind, a: number[], b: number[]): number[] {
  const shape = [a.length];
  const y = fold("binary", [int32(shape, a), int32(shape, b)], { kind });
  expect(y.shape).toEqual(shape);
  return [...y.data];
}

describe("foldNode on int32", () => {
  it("divides toward zero", () => {
    expect(integers("div", [7, -7, 7, -7, 6], [2, 2, -2, -2, 3])).toEqual([3, -3, -3, 3, 2]);
  });
  it("divides down with floorDivide", () => {
    expect(integers("floorDivide", [7, -7, 7, -7], [2, 2, -2, -2])).toEqual([3, -4, -4, 3]);
  });
  it("gives the remainder the sign of the divisor", () => {
    expect(integers("remainder", [7, -7, 7, -7, 6], [3, 3, -3, -3, -3])).toEqual([1, 2, -2, -1, 0]);
  });
  it("multiplies exactly beyond 2^53, modulo 2^32", () => {
    expect(integers("mul", [0x7fffffff, 123456789], [0x7fffffff, 987654321])).toEqual([
      1,
      Number(BigInt.asIntN(32, 123456789n * 987654321n)),
    ]);
  });
  it("raises to a power exactly, modulo 2^32", () => {
    expect(integers("pow", [3, -2, 7, 2, 0, 1], [19, 31, 30, -1, 0, -5])).toEqual([
      3 ** 19,
      -(2 ** 31),
      Number(BigInt.asIntN(32, 7n ** 30n)),
      0,
      1,
      1,
    ]);
  });
  it("agrees with BigInt", () => {
    const number = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(number, number, (a, b) => {
        fc.pre(b !== 0);
        const [x, y] = [BigInt(a), BigInt(b)];
        const rest = ((x % y) + y) % y;
        const wrap = (value: bigint) => Number(BigInt.asIntN(32, value));
        expect(integers("add", [a], [b])).toEqual([wrap(x + y)]);
        expect(integers("sub", [a], [b])).toEqual([wrap(x - y)]);
        expect(integers("mul", [a], [b])).toEqual([wrap(x * y)]);
        expect(integers("div", [a], [b])).toEqual([wrap(x / y)]);
        expect(integers("remainder", [a], [b])).toEqual([wrap(rest)]);
        expect(integers("floorDivide", [a], [b])).toEqual([wrap((x - rest) / y)]);
      }),
    );
  });
  it("reduces exactly", () => {
    const x = int32([2, 2], [0x7fffffff, 3, 0x7fffffff, 5]);
    const reduced = (kind: "prod" | "sum" | "max" | "mean") =>
      fold("reduce", [x], { kind, axes: [0], keepDims: false });
    expect([...reduced("prod").data]).toEqual([1, 15]);
    expect([...reduced("sum").data]).toEqual([-2, 8]);
    expect([...reduced("max").data]).toEqual([0x7fffffff, 5]);
    expect([...reduced("mean").data]).toEqual([0x7fffffff, 4]);
    expect(reduced("sum").dtype).toBe("int32");
  });
  it("gives booleans for comparisons and float32 for mixed operands", () => {
    const less = fold("binary", [int32([2], [1, 2]), int32([], [2])], { kind: "less" });
    expect(less).toEqual(bool([2], [1, 0]));
    const sum = fold("binary", [int32([2], [1, 2]), float32([], [0.5])], { kind: "add" });
    expect(sum).toEqual(float32([2], [1.5, 2.5]));
  });
});

describe("foldNode", () => {
  const x = int32([2, 3], [1, 2, 3, 4, 5, 6]);
  it("casts by dropping the fraction and saturating", () => {
    const y = fold("cast", [float32([5], [1.9, -1.9, 3e9, -3e9, NaN])], { to: "int32" });
    expect(y).toEqual(int32([5], [1, -1, 2 ** 31 - 1, -(2 ** 31), 0]));
    const truth = fold("cast", [float32([4], [0, -0, 0.1, NaN])], { to: "bool" });
    expect(truth).toEqual(bool([4], [0, 0, 1, 1]));
  });
  it("concatenates, also on an inner axis", () => {
    const y = fold("concat", [x, int32([2, 1], [7, 8])], { axis: 1 });
    expect(y).toEqual(int32([2, 4], [1, 2, 3, 7, 4, 5, 6, 8]));
  });
  it("slices backwards", () => {
    const attributes = { axes: [1], starts: [2], sizes: [2], steps: [-2] };
    expect(fold("slice", [x], attributes)).toEqual(int32([2, 2], [3, 1, 6, 4]));
  });
  it("gathers from the end by negative indices", () => {
    const y = fold("gather", [x, int32([], [-1])], { axis: 1 });
    expect(y).toEqual(int32([2], [3, 6]));
  });
  it("says which index is outside of its axis", () => {
    const node = { name: "roi", op: "gather", inputs: [x, int32([1], [3])] } as const;
    expect(() => foldNode({ ...node, attributes: { axis: 1 } })).toThrow(
      new ShapeError('gather "roi": index 3 is outside of axis 1 of x of 2x3, expected -3..2'),
    );
  });
  it("pads with a value, the border and the mirrored elements", () => {
    const padded = (mode: "constant" | "edge" | "reflect") =>
      [...fold("pad", [x], { before: [0, 2], after: [1, 1], mode, value: 9 }).data].join("");
    expect(padded("constant")).toBe("991239" + "994569" + "999999");
    expect(padded("edge")).toBe("111233" + "444566" + "444566");
    expect(padded("reflect")).toBe("321232" + "654565" + "321232");
  });
  it("transposes, reshapes, expands and selects", () => {
    expect([...fold("transpose", [x], { perm: [1, 0] }).data]).toEqual([1, 4, 2, 5, 3, 6]);
    expect(fold("reshape", [x], { shape: [3, 2] })).toEqual(int32([3, 2], [1, 2, 3, 4, 5, 6]));
    const row = int32([3], [1, 2, 3]);
    expect([...fold("expand", [row], { shape: [2, 3] }).data]).toEqual([1, 2, 3, 1, 2, 3]);
    const y = fold("where", [bool([2, 1], [1, 0]), x, int32([], [0])], {});
    expect(y).toEqual(int32([2, 3], [1, 2, 3, 0, 0, 0]));
  });
  it("folds unary functions", () => {
    expect(fold("unary", [x], { kind: "neg" })).toEqual(int32([2, 3], [-1, -2, -3, -4, -5, -6]));
    expect(fold("unary", [int32([1], [50001])], { kind: "square" }).data[0]).toBe(
      Number(BigInt.asIntN(32, 50001n ** 2n)),
    );
    expect(fold("unary", [bool([2], [0, 1])], { kind: "logicalNot" })).toEqual(bool([2], [1, 0]));
  });
  it("leaves other operators alone", () => {
    const node = { op: "softmax", inputs: [float32([1], [1])], attributes: { axis: 0 } } as const;
    expect(foldNode(node)).toBeNull();
  });
  it("does not expand a few bytes into gigabytes", () => {
    const attributes = { shape: [1 << 15, 1 << 15] };
    expect(foldNode({ op: "expand", inputs: [int32([], [1])], attributes })).toBeNull();
  });
  it("checks shapes", () => {
    const node = { name: "head", op: "reshape", inputs: [x], attributes: { shape: [5] } } as const;
    expect(() => foldNode(node)).toThrow(
      new ShapeError('reshape "head": 2x3 has 6 elements, but 5 has 5'),
    );
    const turned = { op: "reshape", inputs: [x], attributes: { shape: [-2, -3] } } as const;
    expect(() => foldNode(turned)).toThrow(new ShapeError("reshape: shape -2x-3 is not valid"));
    const attributes = { shape: [-2] };
    expect(() => foldNode({ op: "expand", inputs: [int32([], [1])], attributes })).toThrow(
      new ShapeError("expand: shape -2 is not valid"),
    );
  });
});
