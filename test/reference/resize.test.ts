/** Filtered resizes: identities, and weights worked out by hand. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair, ResizeAttributes } from "../../src/graph/attributes.ts";
import { filterTaps } from "../../src/graph/resize-filter.ts";
import { isTwoTaps, resizeTaps } from "../../src/graph/resize-coordinates.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { apply, difference, floats, noise, PLAIN_CONVOLUTION } from "./apply.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const HALF_PIXEL: ResizeAttributes = {
  mode: "cubic",
  size: [1, 1],
  coordinates: "half_pixel",
  rounding: "floor",
};

const resize = (x: Tensor, size: Pair, attributes: Partial<ResizeAttributes> = {}) =>
  apply("resize", [x], { ...HALF_PIXEL, ...attributes, size });

/** The weights of one output pixel as an array over the input pixels. */
function weightsOf(inSize: number, outSize: number, i: number, rest: Partial<ResizeAttributes>) {
  const weights = new Array<number>(inSize).fill(0);
  for (const { pixel, weight } of filterTaps(inSize, outSize, { ...HALF_PIXEL, ...rest }, 1)[i]) {
    weights[pixel] += weight;
  }
  return weights;
}

const expectNumbers = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((x, i) => expect(x).toBeCloseTo(expected[i], 12));
};

describe("a cubic resize", () => {
  it("weighs four pixels by Keys' polynomial with a = -3/4", () => {
    // Pixel 5 of twice the size lies at 2.25.
    expectNumbers(weightsOf(6, 12, 5, {}), [0, -27 / 256, 225 / 256, 67 / 256, -9 / 256, 0]);
  });
  it("gives the edge the weights of what is beyond it, or leaves them out", () => {
    const [a, b, c, d] = [-27 / 256, 225 / 256, 67 / 256, -9 / 256];
    expectNumbers(weightsOf(4, 8, 1, {}), [a + b, c, d, 0]);
    const sum = b + c + d;
    expectNumbers(weightsOf(4, 8, 1, { excludeOutside: true }), [b / sum, c / sum, d / sum, 0]);
  });
  it("with a = -1/2 continues straight lines where no edge is near", () => {
    const ramp = floats([1, 1, 1, 9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
    const y = resize(ramp, [1, 27], { cubicCoefficient: -0.5 }).data;
    for (let i = 6; i < 21; i++) expect(y[i]).toBeCloseTo((i + 0.5) / 3 - 0.5, 5);
  });
});

describe("an antialiased resize", () => {
  it("to half of the size is a convolution with 1 3 3 1 of every second pixel", () => {
    const x = noise([1, 1, 12, 14], 1);
    const y = resize(x, [6, 7], { mode: "linear", antialias: true, excludeOutside: true });
    const line = [1, 3, 3, 1];
    const weight = floats(
      [1, 1, 4, 4],
      line.flatMap((a) => line.map((b) => (a * b) / 64)),
    );
    const attributes = { ...PLAIN_CONVOLUTION, stride: [2, 2] } as const;
    // Pixel 1 of y begins at pixel 1 of x.
    const [axes, steps] = [
      [2, 3],
      [1, 1],
    ];
    const rest = apply("slice", [x], { axes, starts: [1, 1], sizes: [11, 13], steps });
    const inner = apply("slice", [y], { axes, starts: [1, 1], sizes: [4, 5], steps });
    expect(difference(inner, apply("conv2d", [rest, weight], attributes))).toBeLessThan(1e-6);
  });
  it("that enlarges is a plain one", () => {
    const x = noise([1, 2, 5, 4], 2);
    for (const mode of ["linear", "cubic"] as const) {
      const plain = resize(x, [9, 13], { mode });
      expect(difference(resize(x, [9, 13], { mode, antialias: true }), plain)).toBe(0);
    }
  });
  it("keeps a constant, whatever the size", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (from, to) => {
        const x = floats([1, 1, from, 1], new Array<number>(from).fill(3));
        const y = resize(x, [to, 1], { antialias: true, excludeOutside: true });
        expect([...y.data]).toEqual(new Array<number>(to).fill(3));
      }),
    );
  });
});

describe("tf_crop_and_resize", () => {
  const crop = { coordinates: "tf_crop_and_resize", extrapolationValue: 7 } as const;

  it("of whole pixels is align_corners of the slice", () => {
    const x = noise([1, 3, 9, 5], 3);
    const roi = [2 / 8, 1 / 4, 6 / 8, 3 / 4] as const;
    const part = apply("slice", [x], {
      axes: [2, 3],
      starts: [2, 1],
      sizes: [5, 3],
      steps: [1, 1],
    });
    for (const mode of ["nearest", "linear"] as const) {
      const expected = resize(part, [7, 4], { mode, coordinates: "align_corners" });
      expect(difference(resize(x, [7, 4], { mode, ...crop, roi }), expected)).toBeLessThan(1e-6);
    }
  });
  it("from the end to the start flips the image", () => {
    const x = noise([1, 1, 3, 4], 4);
    const flipped = apply("slice", [x], { axes: [2], starts: [2], sizes: [3], steps: [-1] });
    const y = resize(x, [3, 4], { mode: "linear", ...crop, roi: [1, 0, 0, 1] });
    expect(difference(y, flipped)).toBeLessThan(1e-6);
  });
  it("has the given value beyond the image", () => {
    const x = floats([1, 1, 1, 3], [1, 2, 3]);
    const y = resize(x, [1, 5], { mode: "linear", ...crop, roi: [0, -0.5, 1, 1.5] });
    expect([...y.data]).toEqual([7, 1, 2, 3, 7]);
  });
});

describe("half_pixel_symmetric", () => {
  it("is half_pixel where the scaled size is whole", () => {
    const x = noise([1, 2, 4, 6], 5);
    const scale = [1.5, 0.5] as const;
    const y = resize(x, [6, 3], { coordinates: "half_pixel_symmetric", scale });
    expect(difference(y, resize(x, [6, 3], { scale }))).toBeLessThan(1e-6);
  });
  it("of a mirrored image is the mirrored result where the size is rounded", () => {
    const mirror = (x: Tensor) =>
      apply("slice", [x], {
        axes: [3],
        starts: [x.shape[3] - 1],
        sizes: [x.shape[3]],
        steps: [-1],
      });
    const rule = { coordinates: "half_pixel_symmetric", scale: [1, 0.75] } as const;
    const x = noise([1, 1, 1, 7], 6);
    const mirrored = resize(mirror(x), [1, 5], rule);
    expect(difference(mirror(mirrored), resize(x, [1, 5], rule))).toBeLessThan(1e-6);
  });
});

describe("filterTaps", () => {
  it("is resizeTaps where two taps do", () => {
    const coordinates = [
      "half_pixel",
      "pytorch_half_pixel",
      "asymmetric",
      "align_corners",
    ] as const;
    for (const mode of ["nearest", "linear"] as const) {
      for (const rule of coordinates) {
        const attributes = { ...HALF_PIXEL, mode, coordinates: rule };
        expect(isTwoTaps(attributes)).toBe(true);
        const expected = resizeTaps(5, 8, attributes, 0).map(({ low, high, fraction }) => {
          const weights = new Array<number>(5).fill(0);
          weights[low] += 1 - fraction;
          weights[high] += fraction;
          return weights;
        });
        expected.forEach((weights, i) => expectNumbers(weightsOf(5, 8, i, attributes), weights));
      }
    }
  });
  it("reads pixel floor((i + 1/2) in/out) by the rule of PyTorch's nearest-exact", () => {
    const rule = { mode: "nearest", coordinates: "tf_half_pixel_for_nn" } as const;
    for (let i = 0; i < 11; i++) {
      expect(weightsOf(7, 11, i, rule).indexOf(1)).toBe(Math.floor(((i + 0.5) * 7) / 11));
    }
  });
  it("stays as it is for the same size by every rule", () => {
    const rule = {
      mode: "nearest",
      coordinates: "tf_half_pixel_for_nn",
      rounding: "ceil",
    } as const;
    expect([0, 1, 2].map((i) => weightsOf(3, 3, i, rule).indexOf(1))).toEqual([0, 1, 2]);
  });
});
