/** Pools with indices, divisors and dilation, adaptive and cross-channel ones: identities. */
import { describe, expect, it } from "vitest";
import type { AveragePool2dAttributes } from "../../src/graph/attributes.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { errorOf } from "../formats/error-of.ts";
import { apply, applyAll, difference, floats, noise } from "./apply.ts";

const HALVES = {
  kernel: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  ceilMode: false,
} as const;
const DILATED = { ...HALVES, kernel: [3, 2], stride: [1, 1], dilation: [2, 3] } as const;

describe("maxPool2dWithIndices", () => {
  it("finds the maxima of maxPool2d, and each where its index says", () => {
    const x = noise([2, 3, 7, 8], 1);
    const attributes = {
      ...HALVES,
      kernel: [3, 3],
      padding: [1, 1, 1, 1],
      ceilMode: true,
    } as const;
    const [y, indices] = applyAll("maxPool2dWithIndices", [x], attributes);
    expect(difference(y, apply("maxPool2d", [x], attributes))).toBe(0);
    const area = y.shape[2] * y.shape[3];
    indices.data.forEach((index, i) => {
      expect(x.data[Math.floor(i / area) * 56 + index]).toBe(y.data[i]);
    });
  });
  it("takes the first of equal maxima, row by row", () => {
    const x = floats([1, 1, 2, 3], [1, 7, 7, 7, 7, 0]);
    const [, indices] = applyAll("maxPool2dWithIndices", [x], { ...HALVES, kernel: [2, 3] });
    expect([...indices.data]).toEqual([1]);
  });
});

describe("maxUnpool2d", () => {
  const unpool = (x: Tensor, indices: number[], size: readonly [number, number]) =>
    apply("maxUnpool2d", [x, tensor(x.shape, Int32Array.from(indices))], { size });

  it("of maxima of disjoint windows, pooled again, gives them back", () => {
    const x = apply("unary", [noise([1, 3, 8, 6], 2)], { kind: "sigmoid" });
    const [y, indices] = applyAll("maxPool2dWithIndices", [x], HALVES);
    const z = apply("maxUnpool2d", [y, indices], { size: [8, 6] });
    expect(difference(apply("maxPool2d", [z], HALVES), y)).toBe(0);
  });
  it("lets the last of equal indices count, and leaves out those outside of the plane", () => {
    const y = unpool(floats([1, 1, 1, 5], [1, 2, 3, 4, 5]), [2, 2, -1, 4, 0], [2, 2]);
    expect([...y.data]).toEqual([5, 0, 2, 0]);
  });
});

describe("averagePool2d", () => {
  const average: AveragePool2dAttributes = { ...HALVES, countIncludePad: false };
  it("with dilation equals a convolution with zeros between its taps", () => {
    const x = noise([1, 2, 9, 10], 3);
    const weight = floats([2, 1, 3, 2], new Array<number>(12).fill(1 / 6));
    const y = apply("averagePool2d", [x], { ...average, ...DILATED });
    const { stride, padding, dilation } = DILATED;
    const convolved = apply("conv2d", [x, weight], { stride, padding, dilation, groups: 2 });
    expect(difference(y, convolved)).toBeLessThan(1e-6);
  });
  it("with divisor 1 is a sum, whatever the padding", () => {
    const x = floats([1, 1, 2, 2], [1, 2, 3, 4]);
    const padding = [1, 1, 1, 1] as const;
    const y = apply("averagePool2d", [x], { ...average, padding, divisor: 1 });
    expect([...y.data]).toEqual([1, 2, 3, 4]);
  });
  it("of a window without pixels is 0", () => {
    const x = floats([1, 1, 1, 1], [5]);
    const attributes = { ...average, kernel: [1, 1], padding: [1, 0, 0, 0] } as const;
    expect([...apply("averagePool2d", [x], attributes).data]).toEqual([0]);
  });
  it("rejects divisor 0", () => {
    expect(
      errorOf(() => apply("averagePool2d", [noise([1, 1, 2, 2], 1)], { ...average, divisor: 0 })),
    ).toBe('ShapeError: averagePool2d "test": divisor 0 is not valid, expected not 0');
  });
});

describe("adaptivePool2d", () => {
  const x = noise([2, 5, 12, 9], 4);
  it("to one pixel is the global average or maximum", () => {
    const mean = apply("adaptivePool2d", [x], { kind: "average", size: [1, 1] });
    expect(difference(mean, apply("globalAveragePool", [x], {}))).toBe(0);
    const greatest = apply("adaptivePool2d", [x], { kind: "max", size: [1, 1] });
    const max = apply("reduce", [x], { kind: "max", axes: [2, 3], keepDims: true });
    expect(difference(greatest, max)).toBe(0);
  });
  it("to a divisor of the size is a pool without overlap", () => {
    const window = { ...HALVES, kernel: [3, 3], stride: [3, 3] } as const;
    const mean = apply("adaptivePool2d", [x], { kind: "average", size: [4, 3] });
    expect(
      difference(mean, apply("averagePool2d", [x], { ...window, countIncludePad: false })),
    ).toBe(0);
    const greatest = apply("adaptivePool2d", [x], { kind: "max", size: [4, 3] });
    expect(difference(greatest, apply("maxPool2d", [x], window))).toBe(0);
  });
  it("to the same size is the identity", () => {
    for (const kind of ["average", "max"] as const) {
      expect(difference(apply("adaptivePool2d", [x], { kind, size: [12, 9] }), x)).toBe(0);
    }
  });
  it("overlaps windows where the size does not divide", () => {
    const row = floats([1, 1, 1, 5], [1, 2, 3, 4, 5]);
    const y = apply("adaptivePool2d", [row], { kind: "average", size: [1, 3] });
    expect([...y.data]).toEqual([1.5, 3, 4.5]);
  });
});

describe("channelMaxPool", () => {
  it("is a maximum over the outer axis of channels split in two", () => {
    const x = noise([2, 12, 3, 4], 5);
    const split = { ...x, shape: [2, 3, 4, 3, 4] };
    const max = apply("reduce", [split], { kind: "max", axes: [1], keepDims: false });
    expect(difference(apply("channelMaxPool", [x], { outChannels: 4 }), max)).toBe(0);
  });
  it("takes what there is where the channels do not divide", () => {
    const y = apply("channelMaxPool", [floats([1, 5, 1, 1], [1, 2, 3, 0, 4])], { outChannels: 3 });
    expect([...y.data]).toEqual([1, 4, 3]);
  });
});

describe("special pools reject", () => {
  const x = noise([1, 4, 3, 3], 6);
  it("sizes that are not positive integers", () => {
    expect(errorOf(() => apply("adaptivePool2d", [x], { kind: "max", size: [0, 3] }))).toBe(
      'ShapeError: adaptivePool2d "test": size 0x3 is not valid, expected integers of at least 1',
    );
  });
  it("more channels than there are", () => {
    expect(errorOf(() => apply("channelMaxPool", [x], { outChannels: 5 }))).toBe(
      'ShapeError: channelMaxPool "test": outChannels is 5, expected 1 to the 4 channels of x',
    );
  });
  it("indices of another shape than x", () => {
    const indices = tensor([1, 4, 3, 2], new Int32Array(24));
    expect(errorOf(() => apply("maxUnpool2d", [x, indices], { size: [6, 6] }))).toBe(
      'ShapeError: maxUnpool2d "test": indices have shape 1x4x3x2, expected that of x, 1x4x3x3',
    );
  });
});
