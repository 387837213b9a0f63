/** Convolution and products: identities that need no second implementation. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Pair } from "../../src/graph/attributes.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { PLAIN_CONVOLUTION as PLAIN, apply, difference, floats, noise } from "./apply.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const EPSILON = 1e-6;

/** The kernel with dilation - 1 zeros between its taps. */
function spread(weight: Tensor, dilation: Pair): Tensor {
  const [outChannels, channels, height, width] = weight.shape;
  const size = [dilation[0] * (height - 1) + 1, dilation[1] * (width - 1) + 1];
  const data = new Float32Array(outChannels * channels * size[0] * size[1]);
  weight.data.forEach((value, i) => {
    const plane = Math.floor(i / (height * width));
    const row = (Math.floor(i / width) % height) * dilation[0];
    data[(plane * size[0] + row) * size[1] + (i % width) * dilation[1]] = value;
  });
  return tensor([outChannels, channels, ...size], data);
}

function channelsOf(x: Tensor, axis: number, start: number, size: number): Tensor {
  return apply("slice", [x], { axes: [axis], starts: [start], sizes: [size], steps: [1] });
}

describe("conv2d", () => {
  it("sums the products under the kernel, which is not flipped", () => {
    const x = floats([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    const weight = floats([1, 1, 2, 2], [1, 10, 100, 1000]);
    const y = apply("conv2d", [x, weight, floats([1], [0.5])], PLAIN);
    expect(y).toEqual(floats([1, 1, 1, 2], [5421.5, 6532.5]));
  });

  it("pads with zeros at top, left, bottom and right separately", () => {
    const x = noise([2, 3, 5, 4], 1);
    const weight = noise([4, 3, 3, 2], 2);
    const [before, after] = [
      [0, 0, 1, 3],
      [0, 0, 2, 0],
    ];
    const padded = apply("pad", [x], { before, after, mode: "constant", value: 0 });
    const y = apply("conv2d", [x, weight], { ...PLAIN, padding: [1, 3, 2, 0], stride: [2, 1] });
    const expected = apply("conv2d", [padded, weight], { ...PLAIN, stride: [2, 1] });
    expect(difference(y, expected)).toBeLessThan(EPSILON);
  });

  it("gives the bias where a 1x1 kernel sees only padding", () => {
    const y = apply("conv2d", [noise([1, 2, 1, 1], 1), noise([1, 2, 1, 1], 2), floats([1], [7])], {
      ...PLAIN,
      padding: [1, 1, 1, 1],
    });
    expect([...y.data].filter((value) => value === 7)).toHaveLength(8);
  });

  it("with dilation equals a kernel with zeros inserted", () => {
    const small = fc.integer({ min: 1, max: 3 });
    const pair = fc.tuple(small, small);
    fc.assert(
      fc.property(
        pair,
        pair,
        pair,
        fc.integer({ min: 0, max: 4 }),
        (kernel, dilation, stride, p) => {
          const x = noise([1, 2, 9, 8], 3);
          const weight = noise([3, 2, ...kernel], 4);
          const attributes = { ...PLAIN, stride, padding: [p, 0, 1, p] as const };
          const y = apply("conv2d", [x, weight], { ...attributes, dilation });
          const expected = apply("conv2d", [x, spread(weight, dilation)], attributes);
          expect(difference(y, expected)).toBeLessThan(EPSILON);
        },
      ),
    );
  });

  it.each([1, 2, 3, 6])("in %i groups equals the concatenation of their convolutions", (groups) => {
    const attributes = { ...PLAIN, padding: [1, 1, 1, 1] } as const;
    const x = noise([2, 6, 5, 4], 5);
    const weight = noise([12, 6 / groups, 3, 3], 6);
    const bias = noise([12], 7);
    const parts = Array.from({ length: groups }, (_, q) => {
      const [inputs, outputs] = [6 / groups, 12 / groups];
      const part = [
        channelsOf(x, 1, q * inputs, inputs),
        channelsOf(weight, 0, q * outputs, outputs),
        channelsOf(bias, 0, q * outputs, outputs),
      ];
      return apply("conv2d", part, attributes);
    });
    const y = apply("conv2d", [x, weight, bias], { ...attributes, groups });
    expect(difference(y, apply("concat", parts, { axis: 1 }))).toBe(0);
  });

  it("depthwise equals a dense kernel that is zero between different channels", () => {
    const weight = noise([5, 1, 3, 3], 8);
    const dense = new Float32Array(5 * 5 * 9);
    weight.data.forEach((value, i) => {
      const channel = Math.floor(i / 9);
      dense[(channel * 5 + channel) * 9 + (i % 9)] = value;
    });
    const x = noise([1, 5, 7, 6], 9);
    const attributes = { ...PLAIN, stride: [2, 2], padding: [0, 0, 1, 1] } as const;
    const y = apply("conv2d", [x, weight], { ...attributes, groups: 5 });
    const expected = apply("conv2d", [x, tensor([5, 5, 3, 3], dense)], attributes);
    expect(difference(y, expected)).toBe(0);
  });

  it("pointwise equals the product of the weights with each image", () => {
    const x = noise([2, 7, 3, 5], 10);
    const weight = noise([4, 7, 1, 1], 11);
    const rows = apply("reshape", [weight], { shape: [4, 7] });
    const product = apply("matmul", [rows, apply("reshape", [x], { shape: [2, 7, 15] })], {});
    const y = apply("conv2d", [x, weight], PLAIN);
    const expected = apply("reshape", [product], { shape: [2, 4, 3, 5] });
    expect(difference(y, expected)).toBeLessThan(EPSILON);
  });

  it("with a stride keeps every stride-th pixel", () => {
    const x = noise([1, 3, 9, 10], 12);
    const weight = noise([2, 3, 3, 3], 13);
    const slice = { axes: [2, 3], starts: [0, 0], sizes: [3, 4], steps: [3, 2] };
    const expected = apply("slice", [apply("conv2d", [x, weight], PLAIN)], slice);
    const y = apply("conv2d", [x, weight], { ...PLAIN, stride: [3, 2] });
    expect(difference(y, expected)).toBe(0);
  });

  it("over the whole image equals a fully connected layer", () => {
    const [x, weight, bias] = [noise([2, 3, 4, 5], 14), noise([6, 3, 4, 5], 15), noise([6], 16)];
    const flat = [x, weight].map(({ data, shape }) => tensor([shape[0], 60], data));
    const y = apply("linear", [...flat, bias], {});
    const expected = apply("conv2d", [x, weight, bias], PLAIN);
    expect([...y.shape, 1, 1]).toEqual(expected.shape);
    expect(difference({ ...y, shape: expected.shape }, expected)).toBeLessThan(EPSILON);
  });
});

describe("matmul", () => {
  it("repeats a matrix over the batch of the other operand", () => {
    const a = floats([2, 1, 2], [1, 2, 3, 4]);
    const b = floats([2, 2], [1, 0, 10, 100]);
    expect(apply("matmul", [a, b], {})).toEqual(floats([2, 1, 2], [21, 200, 43, 400]));
  });
});

describe("batchNorm", () => {
  it("equals the convolution into which it folds", () => {
    const scale = [1.5, -0.5];
    const x = noise([1, 2, 3, 3], 17);
    const statistics = [scale, [0.1, 0.2], [0.3, -0.4], [3.75, 0.75]].map((s) => floats([2], s));
    const factors = [1.5 / 2, -0.5];
    const folded = [
      floats([2, 1, 1, 1], factors),
      floats([2], [0.1 - 0.3 * factors[0], 0.2 + 0.4 * factors[1]]),
    ];
    const y = apply("batchNorm", [x, ...statistics], { epsilon: 0.25 });
    const expected = apply("conv2d", [x, ...folded], { ...PLAIN, groups: 2 });
    expect(difference(y, expected)).toBeLessThan(EPSILON);
  });
});
