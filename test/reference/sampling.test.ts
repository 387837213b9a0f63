/** Deformable samples, shifts and grids: identities with convolution, padding and resize. */
import { describe, expect, it } from "vitest";
import type { Padding } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { deformConv2d } from "../../src/graph/deform-conv.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { PLAIN_CONVOLUTION, apply, difference, floats, noise } from "./apply.ts";

const EPSILON = 1e-6;

const filled = (shape: Shape, number: (i: number) => number): Tensor =>
  floats(
    shape,
    Array.from({ length: sizeOf(shape) }, (_, i) => number(i)),
  );

/** The window of the deformable convolutions below, on x [2, 4, 7, 6]. */
const WINDOW = { stride: [2, 1], padding: [1, 0, 1, 2], dilation: [1, 2], groups: 2 } as const;
const [X, WEIGHT, BIAS] = [noise([2, 4, 7, 6], 1), noise([6, 2, 3, 2], 2), noise([6], 3)];
const [TAPS, SIZE] = [6, [4, 6]];

function deformed(offset: Tensor, mask: Tensor | null, offsetGroups: number): Tensor {
  const builder = new GraphBuilder("deform");
  const [x, at, weight, bias] = [X, offset, WEIGHT, BIAS].map((t) => builder.constant(t));
  const inputs = { x, offset: at, mask: mask && builder.constant(mask), weight, bias };
  builder.output("y", deformConv2d(builder, inputs, { ...WINDOW, offsetGroups }, "deform"));
  return evaluateGraph(builder.graph, {}).y;
}

describe("deformConv2d", () => {
  it("without offsets equals conv2d", () => {
    const offset = filled([2, 4 * TAPS, ...SIZE], () => 0);
    const expected = apply("conv2d", [X, WEIGHT, BIAS], WINDOW);
    expect(difference(deformed(offset, null, 2), expected)).toBeLessThan(EPSILON);
  });

  it("with the same whole offset everywhere equals conv2d of the moved image", () => {
    const area = SIZE[0] * SIZE[1];
    const offset = filled([2, 2 * TAPS, ...SIZE], (i) => [1, -2][Math.floor(i / area) % 2]);
    const padding: Padding = [0, 2, 2, 0];
    const expected = apply("conv2d", [X, WEIGHT, BIAS], { ...WINDOW, padding });
    expect(difference(deformed(offset, null, 1), expected)).toBeLessThan(EPSILON);
  });

  it("with half an offset takes the mean of the neighbours", () => {
    const x = floats([1, 1, 2, 2], [1, 2, 4, 8]);
    const offset = floats([1, 2, 2, 2], [0.5, 0, 0, 0.5, 0, 0.5, -0.5, 0.5]);
    const y = apply("deformSample2d", [x, offset], {
      kernel: [1, 1],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      offsetGroups: 1,
    });
    // Down; right and left over the edge; down and right over the corner.
    expect([...y.data]).toEqual([2.5, 1, 2, 2]);
  });

  it("multiplies each sample by its mask", () => {
    const offset = noise([2, 4 * TAPS, ...SIZE], 4);
    const mask = filled([2, 2 * TAPS, ...SIZE], () => 0.25);
    const bias = filled([2, 6, ...SIZE], (i) => BIAS.data[Math.floor(i / 24) % 6] * 0.75);
    const whole = deformed(offset, null, 2);
    const quarter = filled(whole.shape, (i) => whole.data[i] / 4 + bias.data[i]);
    expect(difference(deformed(offset, mask, 2), quarter)).toBeLessThan(EPSILON);
  });

  it("gives each offset group its own offsets", () => {
    const offset = noise([2, 4 * TAPS, ...SIZE], 5);
    const half = (x: Tensor, start: number) => {
      const sizes = [x.shape[1] / 2];
      return apply("slice", [x], { axes: [1], starts: [start * sizes[0]], sizes, steps: [1] });
    };
    const { groups, ...window } = WINDOW;
    const sampled = (x: Tensor, at: Tensor, offsetGroups: number) =>
      apply("deformSample2d", [x, at], { ...window, kernel: [3, 2], offsetGroups });
    const parts = [0, 1].map((part) => sampled(half(X, part), half(offset, part), 1));
    expect(groups).toBe(2);
    expect(sampled(X, offset, 2)).toEqual(apply("concat", parts, { axis: 1 }));
  });

  it("counts the weights and products of the convolution", () => {
    const builder = new GraphBuilder("deform");
    const x = builder.input("x", X.shape);
    const offset = builder.input("offset", [2, 2 * TAPS, ...SIZE]);
    const weight = builder.parameter("weight", WEIGHT.shape);
    deformConv2d(builder, { x, offset, weight }, { ...WINDOW, offsetGroups: 1 });
    expect(countParameters(builder.graph)).toBe(sizeOf(WEIGHT.shape));
    expect(countMacs(builder.graph)).toBe(2 * 24 * sizeOf(WEIGHT.shape));
  });

  it("reports offsets and masks of other shapes", () => {
    const attributes = { ...WINDOW, kernel: [3, 2] as const, offsetGroups: 2 };
    const sampled =
      (offset: Shape, mask: Shape, offsetGroups = 2) =>
      () =>
        apply("deformSample2d", [X, noise(offset, 1), noise(mask, 1)], {
          ...attributes,
          offsetGroups,
        });
    expect(sampled([2, 12, 4, 6], [2, 12, 4, 6])).toThrow(
      'deformSample2d "test": offset has shape 2x12x4x6, expected 2x24x4x6',
    );
    expect(sampled([2, 24, 4, 6], [2, 12, 4, 5])).toThrow(
      'deformSample2d "test": mask has shape 2x12x4x5, expected 2x12x4x6',
    );
    expect(sampled([2, 24, 4, 6], [2, 12, 4, 6], 3)).toThrow(
      'deformSample2d "test": 3 offset groups do not divide 4 channels',
    );
  });
});

/** A one-hot depthwise kernel that moves channel c by its direction (blocks.md A4). */
function oneHot(channels: number, kernel: number): Tensor {
  const taps = kernel * kernel;
  const moved = Math.floor(channels / taps) * taps;
  return filled([channels, 1, kernel, kernel], (i) => {
    const c = Math.floor(i / taps);
    return Number(i % taps === (c < moved ? c % taps : (taps - 1) / 2));
  });
}

describe("shift", () => {
  it.each([
    [20, 3, 1],
    [19, 3, 2],
    [31, 5, 1],
    [8, 3, 1],
    [4, 1, 1],
  ])("of %i channels by %i directions and dilation %i equals a one-hot depthwise", (c, k, d) => {
    const x = noise([2, c, 5, 6], 6);
    const half = (d * (k - 1)) / 2;
    const expected = apply("conv2d", [x, oneHot(c, k)], {
      ...PLAIN_CONVOLUTION,
      dilation: [d, d],
      padding: [half, half, half, half],
      groups: c,
    });
    expect(difference(apply("shift", [x], { kernel: k, dilation: d }), expected)).toBe(0);
  });

  it("reports an even kernel", () => {
    expect(() => apply("shift", [noise([1, 4, 2, 2], 1)], { kernel: 2, dilation: 1 })).toThrow(
      'shift "test": kernel 2 is not valid, expected an odd number',
    );
  });
});

/** The grid that reads rows and columns of [height, width] at `at(i, size)`, in pixels. */
function gridOf(
  [height, width]: readonly [number, number],
  [rows, columns]: readonly [number, number],
  alignCorners: boolean,
  at: (i: number, outputs: number, size: number) => number,
): Tensor {
  const relative = (pixel: number, size: number) =>
    alignCorners ? (2 * pixel) / (size - 1) - 1 : (2 * pixel + 1) / size - 1;
  return filled([1, rows, columns, 2], (i) => {
    const [row, column] = [Math.floor(i / 2 / columns), Math.floor(i / 2) % columns];
    return i % 2 === 0
      ? relative(at(column, columns, width), width)
      : relative(at(row, rows, height), height);
  });
}

const IMAGE = noise([1, 3, 5, 7], 7);

describe("gridSample", () => {
  it.each(["nearest", "linear", "cubic"] as const)("of every pixel gives x back: %s", (mode) => {
    for (const alignCorners of [true, false]) {
      const grid = gridOf([5, 7], [5, 7], alignCorners, (i) => i);
      const y = apply("gridSample", [IMAGE, grid], { mode, padding: "zeros", alignCorners });
      expect(difference(y, IMAGE)).toBeLessThan(1e-5);
    }
  });

  it.each([
    ["zeros", "constant", 0],
    ["border", "edge", 0],
    ["reflection", "reflect", 1],
  ] as const)("beyond the border with %s is padding with %s", (padding, mode, align) => {
    const grid = gridOf([5, 7], [9, 11], align === 1, (i) => i - 2);
    const pads = [0, 0, 2, 2];
    const expected = apply("pad", [IMAGE], { before: pads, after: pads, mode, value: 0 });
    const attributes = { mode: "linear", padding, alignCorners: align === 1 } as const;
    expect(difference(apply("gridSample", [IMAGE, grid], attributes), expected)).toBeLessThan(1e-5);
  });

  it("reflects at the outer edges of the pixels where corners are not aligned", () => {
    const x = floats([1, 1, 1, 3], [1, 2, 3]);
    const grid = gridOf([1, 3], [1, 11], false, (i, outputs) => (outputs === 1 ? 0 : i - 4));
    const attributes = { mode: "nearest", padding: "reflection", alignCorners: false } as const;
    const y = apply("gridSample", [x, grid], attributes);
    expect([...y.data]).toEqual([3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1]);
  });

  it("equals a linear resize at its places", () => {
    const grid = gridOf([5, 7], [8, 9], false, (i, n, size) => ((i + 0.5) * size) / n - 0.5);
    const attributes = { mode: "linear", padding: "border", alignCorners: false } as const;
    const expected = apply("resize", [IMAGE], {
      mode: "linear",
      size: [8, 9],
      coordinates: "half_pixel",
      rounding: "floor",
    });
    expect(difference(apply("gridSample", [IMAGE, grid], attributes), expected)).toBeLessThan(1e-5);
  });

  it("equals a cubic resize at its places", () => {
    const grid = gridOf([5, 7], [8, 9], false, (i, n, size) => ((i + 0.5) * size) / n - 0.5);
    const attributes = { mode: "cubic", padding: "border", alignCorners: false } as const;
    const expected = apply("resize", [IMAGE], {
      mode: "cubic",
      size: [8, 9],
      coordinates: "half_pixel",
      rounding: "floor",
    });
    expect(difference(apply("gridSample", [IMAGE, grid], attributes), expected)).toBeLessThan(1e-5);
  });

  it("of a volume of one slice equals that of the image", () => {
    const grid = noise([1, 4, 3, 2], 8);
    const places = filled([1, 1, 4, 3, 3], (i) =>
      i % 3 === 2 ? 0 : grid.data[2 * Math.floor(i / 3) + (i % 3)],
    );
    const attributes = { mode: "cubic", padding: "reflection", alignCorners: false } as const;
    const volume = { ...IMAGE, shape: [1, 3, 1, 5, 7] };
    const y = apply("gridSample", [volume, places], attributes);
    const expected = apply("gridSample", [IMAGE, grid], attributes);
    expect(difference({ ...y, shape: expected.shape }, expected)).toBeLessThan(EPSILON);
  });

  it("reports a grid of another batch, rank or number of axes", () => {
    const attributes = { mode: "linear", padding: "zeros", alignCorners: false } as const;
    const sampled = (x: Shape, grid: Shape) => () =>
      apply("gridSample", [noise(x, 1), noise(grid, 1)], attributes);
    expect(sampled([2, 1, 3, 3], [1, 4, 5, 2])).toThrow(
      'gridSample "test": grid has shape 1x4x5x2, expected 2x4x5x2',
    );
    expect(sampled([1, 1, 3, 3], [1, 4, 5, 3])).toThrow(
      'gridSample "test": grid has shape 1x4x5x3, expected 1x4x5x2',
    );
    expect(sampled([1, 1, 3, 3], [1, 4, 2])).toThrow(
      'gridSample "test": grid has shape 1x4x2, expected 1x1x1x2',
    );
    expect(sampled([1, 3], [1, 2])).toThrow(
      'gridSample "test": x has shape 1x3, expected [N, C, ...] with 1 to 3 more axes',
    );
  });
});
