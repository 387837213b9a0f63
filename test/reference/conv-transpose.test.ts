/** Transposed convolution: identities with convolution. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConvTranspose2dAttributes, Pair } from "../../src/graph/attributes.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { PLAIN_CONVOLUTION, apply, difference, floats, noise } from "./apply.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const EPSILON = 1e-6;
const PLAIN: ConvTranspose2dAttributes = { ...PLAIN_CONVOLUTION, outputPadding: [0, 0] };

/** stride - 1 zeros between pixels. */
function interleave(x: Tensor, stride: Pair): Tensor {
  const [batch, channels, height, width] = x.shape;
  const split = apply("reshape", [x], { shape: [batch * channels, height, 1, width, 1] });
  const after = [0, 0, stride[0] - 1, 0, stride[1] - 1];
  const before = after.map(() => 0);
  const padded = apply("pad", [split], { before, after, mode: "constant", value: 0 });
  const size = [height * stride[0], width * stride[1]];
  const whole = apply("reshape", [padded], { shape: [batch, channels, ...size] });
  return apply("slice", [whole], {
    axes: [2, 3],
    starts: [0, 0],
    sizes: [size[0] - stride[0] + 1, size[1] - stride[1] + 1],
    steps: [1, 1],
  });
}

/** [C, O/groups, kh, kw] as the weights [O, C/groups, kh, kw] of a convolution, taps in reverse. */
function turned({ shape, data }: Tensor, groups: number): Tensor {
  const [channels, outs, height, width] = shape;
  const taps = height * width;
  const inputs = channels / groups;
  const y = new Float32Array(data.length);
  data.forEach((value, i) => {
    const [c, o] = [Math.floor(i / (outs * taps)), Math.floor(i / taps) % outs];
    const row = Math.floor(c / inputs) * outs + o;
    y[(row * inputs + (c % inputs)) * taps + taps - 1 - (i % taps)] = value;
  });
  return tensor([outs * groups, inputs, height, width], y);
}

function sumOfProducts(a: Tensor, b: Tensor): number {
  return Float64Array.from(a.data, (x, i) => x * b.data[i]).reduce((sum, x) => sum + x, 0);
}

describe("convTranspose2d", () => {
  it("adds a scaled kernel for each pixel", () => {
    const x = floats([1, 1, 1, 2], [1, 10]);
    const weight = floats([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]);
    const y = apply("convTranspose2d", [x, weight, floats([1], [0.5])], PLAIN);
    const expected = [1.5, 12.5, 23.5, 30.5, 4.5, 45.5, 56.5, 60.5];
    expect(y).toEqual(floats([1, 1, 2, 4], expected));
  });

  it("equals the turned convolution of the image with zeros between its pixels", () => {
    const small = fc.integer({ min: 1, max: 3 });
    const pair = fc.tuple(small, small);
    const groups = fc.constantFrom(1, 2, 3);
    const extra = fc.tuple(fc.nat(2), fc.nat(2));
    fc.assert(
      fc.property(pair, pair, pair, groups, extra, (kernel, stride, dilation, g, outputPadding) => {
        const x = noise([2, 6, 4, 3], 1);
        const weight = noise([6, 2, ...kernel], 2);
        const bias = noise([2 * g], 3);
        const attributes = { ...PLAIN, stride, dilation, groups: g, outputPadding };
        const y = apply("convTranspose2d", [x, weight, bias], attributes);
        const [top, left] = kernel.map((size, axis) => dilation[axis] * (size - 1));
        const padding = [top, left, top + outputPadding[0], left + outputPadding[1]] as const;
        const expected = apply("conv2d", [interleave(x, stride), turned(weight, g), bias], {
          ...PLAIN_CONVOLUTION,
          dilation,
          padding,
          groups: g,
        });
        expect(difference(y, expected)).toBeLessThan(EPSILON);
      }),
    );
  });

  it("is the transpose of the convolution with the same weights", () => {
    const attributes = {
      stride: [2, 3],
      padding: [1, 0, 2, 1],
      dilation: [1, 2],
      groups: 2,
    } as const;
    const weight = noise([6, 2, 3, 2], 4);
    const x = noise([1, 4, 7, 9], 5);
    const y = apply("conv2d", [x, weight], attributes);
    const z = noise(y.shape, 6);
    const back = apply("convTranspose2d", [z, weight], { ...attributes, outputPadding: [1, 1] });
    expect(back.shape).toEqual(x.shape);
    expect(sumOfProducts(x, back)).toBeCloseTo(sumOfProducts(y, z), 4);
  });

  it("cuts the padding from each side", () => {
    const [x, weight] = [noise([1, 2, 4, 3], 7), noise([2, 3, 3, 4], 8)];
    const whole = apply("convTranspose2d", [x, weight], { ...PLAIN, stride: [2, 2] });
    const padding = [1, 2, 0, 3] as const;
    const y = apply("convTranspose2d", [x, weight], { ...PLAIN, stride: [2, 2], padding });
    const cut = { axes: [2, 3], starts: [1, 2], sizes: [8, 3], steps: [1, 1] };
    expect(y).toEqual(apply("slice", [whole], cut));
  });

  it("reports what does not fit", () => {
    const x = noise([1, 4, 3, 3], 9);
    const failing = (weight: number[], attributes: Partial<ConvTranspose2dAttributes>) => () =>
      apply("convTranspose2d", [x, noise(weight, 10)], { ...PLAIN, ...attributes });
    expect(failing([3, 2, 2, 2], {})).toThrow(
      'convTranspose2d "test": weight has 3 channels and x 4, expected as many, in 1 equal groups',
    );
    expect(failing([4, 2, 2, 2], { groups: 3 })).toThrow(
      'convTranspose2d "test": weight has 4 channels and x 4, expected as many, in 3 equal groups',
    );
    expect(failing([4, 2, 2, 2], { padding: [2, 0, 2, 0] })).toThrow(
      'convTranspose2d "test": padding 2,0,2,0 leaves an output of 0x4, expected at least 1x1',
    );
    expect(failing([4, 2, 2, 2], { outputPadding: [0, -1] })).toThrow(
      'convTranspose2d "test": outputPadding 0x-1 is not valid, expected integers of at least 0',
    );
  });
});
