/** Pools and resizes: identities and values worked out by hand. */
import { describe, expect, it } from "vitest";
import type { AveragePool2dAttributes, ResizeAttributes } from "../../src/graph/attributes.ts";
import { resizeTaps } from "../../src/graph/resize-coordinates.ts";
import { floats, noise, PLAIN_CONVOLUTION, apply, difference } from "./apply.ts";

const WINDOW = {
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1, 1, 1],
  ceilMode: false,
} as const;

describe("averagePool2d", () => {
  const x = floats([1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const pool = (attributes: Partial<AveragePool2dAttributes>) => [
    ...apply("averagePool2d", [x], { ...WINDOW, countIncludePad: true, ...attributes }).data,
  ];

  it("with padding counted equals a convolution with a constant kernel", () => {
    const image = noise([2, 3, 8, 7], 1);
    const weight = floats([3, 1, 3, 3], new Array<number>(27).fill(1 / 9));
    const y = apply("averagePool2d", [image], { ...WINDOW, countIncludePad: true });
    const { stride, padding } = WINDOW;
    const convolution = { ...PLAIN_CONVOLUTION, stride, padding, groups: 3 };
    expect(difference(y, apply("conv2d", [image, weight], convolution))).toBeLessThan(1e-6);
  });
  it("divides by the real pixels when padding does not count", () => {
    expect(pool({ countIncludePad: false })).toEqual([3, 4, 6, 7]);
  });
  it("divides by the whole window when padding counts", () => {
    expect(pool({})).toEqual([12 / 9, 16 / 9, 24 / 9, 28 / 9].map(Math.fround));
  });
  it("clips the last window of ceil mode to the padded image", () => {
    const attributes = { kernel: [2, 2], padding: [0, 0, 0, 0], ceilMode: true } as const;
    expect(pool(attributes)).toEqual([3, 4.5, 7.5, 9]);
    expect(pool({ ...attributes, countIncludePad: false })).toEqual([3, 4.5, 7.5, 9]);
    // 2x2 windows at -1, 1 and 3, of which the last begins in the padding and is dropped.
    expect(pool({ ...attributes, padding: [1, 1, 1, 1] })).toEqual([0.25, 1.25, 2.75, 7]);
  });
});

describe("maxPool2d", () => {
  const attributes = { ...WINDOW, dilation: [1, 1] } as const;
  it("does not let padding win over negative pixels", () => {
    const y = apply("maxPool2d", [floats([1, 1, 1, 2], [-5, -3])], attributes);
    expect([...y.data]).toEqual([-3]);
  });
  it("of 9x9 is 5x5 of 5x5", () => {
    const x = noise([1, 2, 12, 11], 2);
    const pool = (input: typeof x, size: number) => {
      const p = (size - 1) / 2;
      const [kernel, stride, padding] = [
        [size, size],
        [1, 1],
        [p, p, p, p],
      ] as const;
      return apply("maxPool2d", [input], { ...attributes, kernel, stride, padding });
    };
    expect(difference(pool(x, 9), pool(pool(x, 5), 5))).toBe(0);
  });
  it("with dilation reads every second pixel", () => {
    const x = floats([1, 1, 1, 5], [9, 8, 1, 7, 2]);
    const [kernel, stride, padding, dilation] = [
      [1, 3],
      [1, 1],
      [0, 0, 0, 0],
      [1, 2],
    ] as const;
    const y = apply("maxPool2d", [x], { ...attributes, kernel, stride, padding, dilation });
    expect([...y.data]).toEqual([9]);
  });
});

describe("globalAveragePool", () => {
  it("equals a mean over both axes of the image", () => {
    const x = noise([2, 5, 4, 3], 3);
    const mean = apply("reduce", [x], { kind: "mean", axes: [2, 3], keepDims: true });
    expect(difference(apply("globalAveragePool", [x], {}), mean)).toBe(0);
  });
});

describe("resize", () => {
  const row = (attributes: Partial<ResizeAttributes>) =>
    [
      ...apply("resize", [floats([1, 1, 2, 2], [0, 1, 2, 3])], {
        mode: "linear",
        size: [4, 4],
        coordinates: "half_pixel",
        rounding: "floor",
        ...attributes,
      }).data,
    ].slice(0, 4);

  it("follows the rules of PyTorch from 2x2 to 4x4", () => {
    expect(row({ mode: "nearest", coordinates: "asymmetric" })).toEqual([0, 0, 1, 1]);
    expect(row({})).toEqual([0, 0.25, 0.75, 1]);
    expect(row({ coordinates: "align_corners" })).toEqual([0, 1 / 3, 2 / 3, 1].map(Math.fround));
    expect(row({ coordinates: "asymmetric" })).toEqual([0, 0.5, 1, 1]);
  });
  it("by an integer factor to the nearest repeats each pixel", () => {
    const x = noise([1, 3, 4, 5], 4);
    const rows = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3];
    const indices = { shape: [12], dtype: "int32", data: Int32Array.from(rows) } as const;
    const expected = apply("gather", [x, indices], { axis: 2 });
    const attributes = { mode: "nearest", size: [12, 5], rounding: "floor" } as const;
    const y = apply("resize", [x], { ...attributes, coordinates: "asymmetric" });
    expect(difference(y, expected)).toBe(0);
  });
  it("to the same size is the identity for every rule", () => {
    const x = noise([1, 2, 5, 4], 5);
    for (const coordinates of ["half_pixel", "asymmetric", "align_corners"] as const) {
      for (const mode of ["nearest", "linear"] as const) {
        const attributes = { mode, coordinates, size: [5, 4], rounding: "floor" } as const;
        expect(difference(apply("resize", [x], attributes), x)).toBe(0);
      }
    }
  });
});

describe("resizeTaps", () => {
  const lows = (
    [inSize, outSize]: readonly [number, number],
    attributes: Partial<ResizeAttributes>,
  ) =>
    resizeTaps(
      inSize,
      outSize,
      { mode: "nearest", coordinates: "asymmetric", rounding: "floor", ...attributes },
      0,
    ).map(({ low }) => low);

  it("rounds halves as ONNX names it", () => {
    // Coordinates 0, 0.5, 1, 1.5, 2, 2.5.
    expect(lows([3, 6], { rounding: "floor" })).toEqual([0, 0, 1, 1, 2, 2]);
    expect(lows([3, 6], { rounding: "ceil" })).toEqual([0, 1, 1, 2, 2, 2]);
    expect(lows([3, 6], { rounding: "round_prefer_floor" })).toEqual([0, 0, 1, 1, 2, 2]);
    expect(lows([3, 6], { rounding: "round_prefer_ceil" })).toEqual([0, 1, 1, 2, 2, 2]);
  });
  it("puts one output pixel of pytorch_half_pixel at 0, of half_pixel in the middle", () => {
    const single = { mode: "linear" } as const;
    expect(lows([5, 1], { ...single, coordinates: "pytorch_half_pixel" })).toEqual([0]);
    expect(lows([5, 1], { ...single, coordinates: "half_pixel" })).toEqual([2]);
  });
  it("does not fall short of a pixel by the rounding of a float32 scale", () => {
    const scale = [Math.fround(1.6), 1] as const;
    expect(lows([10, 16], { scale })).toEqual([0, 0, 1, 1, 2, 3, 3, 4, 5, 5, 6, 6, 7, 8, 8, 9]);
  });
  it("uses a given scale instead of the ratio of the sizes", () => {
    expect(lows([5, 7], { scale: [1.5, 1] })).toEqual([0, 0, 1, 2, 2, 3, 4]);
    expect(lows([5, 7], {})).toEqual([0, 0, 1, 2, 2, 3, 4]);
    expect(lows([4, 9], { scale: [2, 1] })).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 3]);
  });
  it("keeps linear taps inside of the image", () => {
    const attributes = { mode: "linear", coordinates: "half_pixel", rounding: "floor" } as const;
    const taps = resizeTaps(2, 4, attributes, 1);
    expect(taps).toEqual([
      { low: 0, high: 1, fraction: 0 },
      { low: 0, high: 1, fraction: 0.25 },
      { low: 0, high: 1, fraction: 0.75 },
      { low: 1, high: 1, fraction: 0 },
    ]);
  });
});
