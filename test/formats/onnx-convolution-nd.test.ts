/** Conv and ConvTranspose over one to three axes: against sums that are written out, and attributes. */
import { describe, expect, test } from "vitest";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sizeOf, stridesOf } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { difference, floats as tensorOf, noise } from "../reference/apply.ts";
import { floats, ones } from "./onnx-encode.ts";
import type { AttributeSpec } from "./onnx-encode.ts";
import { failureOf, graphOf, importOf } from "./onnx-node.ts";

const weights = (dims: number[]) =>
  Array.from({ length: sizeOf(dims) }, (_, i) => syntheticNumber(7_000 + i));

/** Every place of a shape. */
function* placesOf(shape: readonly number[]): Generator<number[]> {
  const strides = stridesOf(shape);
  for (let i = 0; i < sizeOf(shape); i++) {
    yield shape.map((size, axis) => Math.floor(i / strides[axis]) % size);
  }
}

interface Layer {
  readonly x: number[];
  /** [O, C/groups, ...] of Conv, [C, O/groups, ...] of ConvTranspose */
  readonly weight: number[];
  readonly strides: number[];
  readonly dilations: number[];
  readonly pads: number[];
  readonly group: number;
  readonly output_padding?: number[];
}

/** y, by the definition: each weight joins the places p of x and q of y = p * stride + tap - pad. */
function expectedOf(layer: Layer, shape: readonly number[], transposed: boolean): number[] {
  const { x, weight, strides, dilations, pads, group } = layer;
  const [input, factors] = [noise(x, 1).data, weights(weight)];
  const [xStrides, yStrides] = [stridesOf(x), stridesOf(shape)];
  const y = new Array<number>(sizeOf(shape)).fill(0);
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i], 0);
  let w = 0;
  for (const [row, column, ...tap] of placesOf(weight)) {
    const factor = factors[w++];
    const block = Math.floor(row / (weight[0] / group)) * weight[1];
    const [c, o] = transposed ? [row, block + column] : [block + column, row];
    // The smaller side walks: the outputs of a convolution, the inputs of its transpose.
    const walked = transposed ? x.slice(2) : shape.slice(2);
    for (let n = 0; n < x[0]; n++) {
      for (const place of placesOf(walked)) {
        const reached = place.map((p, i) => p * strides[i] + tap[i] * dilations[i] - pads[i]);
        const limits = transposed ? shape.slice(2) : x.slice(2);
        if (reached.some((p, i) => p < 0 || p >= limits[i])) continue;
        const [from, to] = transposed ? [place, reached] : [reached, place];
        y[dot([n, o, ...to], yStrides)] += factor * input[dot([n, c, ...from], xStrides)];
      }
    }
  }
  return y;
}

function expectSums(op: "Conv" | "ConvTranspose", layer: Layer): void {
  const { x, weight, ...attributes } = layer;
  const outs = op === "Conv" ? weight[0] : weight[1] * layer.group;
  const bias = weights([outs]);
  const graph = graphOf(op, x, {
    attributes: attributes as unknown as Record<string, AttributeSpec>,
    initializers: [floats("w", weight, weights(weight)), floats("b", [outs], bias)],
  });
  const { y } = evaluateGraph(graph, { x: noise(x, 1) });
  const inner = sizeOf(y.shape.slice(2));
  const sums = expectedOf(layer, y.shape, op === "ConvTranspose");
  const biased = sums.map((sum, i) => sum + bias[Math.floor(i / inner) % outs]);
  expect(difference(y, tensorOf(y.shape, biased))).toBeLessThan(1e-5);
}

const ROW = { strides: [2], dilations: [3], pads: [4, 1], group: 2 };
const VOLUME = { strides: [2, 1, 2], dilations: [1, 2, 1], pads: [1, 0, 2, 0, 1, 1], group: 1 };

describe("parseOnnx reads Conv of", () => {
  test.each<[string, Layer]>([
    ["rows", { ...ROW, x: [2, 4, 11], weight: [6, 2, 3] }],
    ["volumes", { ...VOLUME, x: [2, 3, 5, 6, 4], weight: [4, 3, 3, 2, 3] }],
    ["volumes in groups", { ...VOLUME, group: 3, x: [1, 6, 4, 5, 5], weight: [3, 2, 2, 2, 2] }],
    ["volumes of single slices", { ...VOLUME, x: [2, 2, 3, 4, 4], weight: [3, 2, 1, 2, 2] }],
    [
      "volumes with a dilated depth",
      { ...VOLUME, dilations: [2, 1, 1], x: [1, 2, 7, 4, 3], weight: [2, 2, 3, 1, 2] },
    ],
  ])("%s", (_, layer) => {
    expectSums("Conv", layer);
  });
});

describe("parseOnnx reads ConvTranspose of", () => {
  test.each<[string, Layer]>([
    ["rows", { ...ROW, x: [2, 4, 5], weight: [4, 3, 3] }],
    [
      "images",
      {
        x: [1, 4, 3, 5],
        weight: [4, 3, 2, 3],
        strides: [2, 3],
        dilations: [2, 1],
        pads: [1, 0, 2, 1],
        group: 2,
        output_padding: [1, 2],
      },
    ],
    ["volumes", { ...VOLUME, x: [2, 3, 3, 4, 2], weight: [3, 4, 3, 2, 3] }],
    [
      "volumes in groups with output padding",
      {
        ...VOLUME,
        group: 2,
        x: [1, 4, 3, 2, 3],
        weight: [4, 3, 2, 2, 2],
        output_padding: [3, 0, 1],
      },
    ],
    ["volumes of single slices", { ...VOLUME, x: [1, 2, 3, 3, 3], weight: [2, 3, 1, 2, 2] }],
    [
      "volumes with a dilated depth",
      {
        ...VOLUME,
        strides: [3, 1, 1],
        dilations: [2, 1, 1],
        x: [1, 2, 2, 3, 3],
        weight: [2, 2, 3, 1, 2],
      },
    ],
  ])("%s", (_, layer) => {
    expectSums("ConvTranspose", layer);
  });
});

const transposed = (padding: string, stride: string, outputPadding = "0,0") =>
  `convTranspose2d stride=${stride} padding=${padding} dilation=1,1 groups=1 outputPadding=${outputPadding}`;
const w33 = [ones("w", [1, 2, 3, 3])];

describe("parseOnnx finds the padding of ConvTranspose", () => {
  test.each<[string, Record<string, AttributeSpec>, string]>([
    ["VALID", { auto_pad: "VALID" }, `${transposed("0,0,0,0", "1,1")} -> 1x2x5x6`],
    [
      "SAME_UPPER",
      { auto_pad: "SAME_UPPER", strides: [2, 2] },
      `${transposed("0,0,1,1", "2,2")} -> 1x2x6x8`,
    ],
    [
      "SAME_LOWER",
      { auto_pad: "SAME_LOWER", strides: [2, 2] },
      `${transposed("1,1,0,0", "2,2")} -> 1x2x6x8`,
    ],
    [
      "SAME_UPPER with strides greater than the kernel",
      { auto_pad: "SAME_UPPER", strides: [5, 4] },
      `${transposed("0,0,0,0", "5,4", "2,1")} -> 1x2x15x16`,
    ],
    [
      "an output_shape that is smaller",
      { output_shape: [6, 7], strides: [2, 2] },
      `${transposed("1,1,0,1", "2,2")} -> 1x2x6x7`,
    ],
    [
      "an output_shape that is greater",
      { output_shape: [1, 2, 9, 12], strides: [2, 2], output_padding: [1, 1] },
      `${transposed("0,0,0,0", "2,2", "2,3")} -> 1x2x9x12`,
    ],
    [
      "an output_shape with SAME_UPPER",
      { output_shape: [6, 7], strides: [2, 2], auto_pad: "SAME_UPPER" },
      `${transposed("0,1,1,1", "2,2")} -> 1x2x6x7`,
    ],
  ])("from %s", (_, attributes, expected) => {
    expect(importOf("ConvTranspose", [1, 1, 3, 4], { initializers: w33, attributes })).toBe(
      expected,
    );
  });
});

describe("parseOnnx reads Conv of rows as images of height 1", () => {
  test.each<[string, string]>([
    ["SAME_UPPER", "0,0,0,1"],
    ["SAME_LOWER", "0,1,0,0"],
  ])("with %s", (auto_pad, padding) => {
    const attributes = { auto_pad, strides: [2] };
    expect(importOf("Conv", [1, 1, 6], { initializers: [ones("w", [1, 1, 3])], attributes })).toBe(
      `reshape shape=1,1,1,6; conv2d stride=1,2 padding=${padding} dilation=1,1 groups=1; ` +
        `reshape shape=1,1,3 -> 1x1x3`,
    );
  });
});

describe("parseOnnx rejects", () => {
  const volume = [ones("w", [1, 1, 3, 3, 3])];
  test.each<[string, string, number[], Parameters<typeof failureOf>[2], string]>([
    [
      "a weight of another rank",
      "Conv",
      [1, 1, 5],
      { initializers: w33 },
      'FormatError: onnx "m.onnx": node 0 "Conv" (n): x has rank 3 and weight 4, expected equal ones of 3 to 5',
    ],
    [
      "four axes",
      "ConvTranspose",
      [1, 1, 2, 2, 2, 2],
      { initializers: [ones("w", [1, 1, 1, 1, 1, 1])] },
      'FormatError: onnx "m.onnx": node 0 "ConvTranspose" (n): x has rank 6 and weight 6, expected equal ones of 3 to 5',
    ],
    [
      "a kernel_shape that the weight does not have",
      "ConvTranspose",
      [1, 1, 3, 4],
      { initializers: w33, attributes: { kernel_shape: [3, 2] } },
      'FormatError: onnx "m.onnx": node 0 "ConvTranspose" (n): kernel_shape is 3x2, but weight has shape 1x2x3x3',
    ],
    [
      "negative pads",
      "Conv",
      [1, 1, 4, 4, 4],
      { initializers: volume, attributes: { pads: [0, 0, 0, -1, 0, 0] } },
      'FormatError: onnx "m.onnx": node 0 "Conv" (n): pads is 0, 0, 0, -1, 0, 0, expected 6 numbers of at least 0',
    ],
    [
      "strides for other axes",
      "Conv",
      [1, 1, 4, 4, 4],
      { initializers: volume, attributes: { strides: [1, 1] } },
      'FormatError: onnx "m.onnx": node 0 "Conv" (n): strides is 1, 1, expected 3 numbers of at least 1',
    ],
    [
      "a kernel deeper than the volume",
      "Conv",
      [1, 1, 2, 4, 4],
      { initializers: volume },
      'FormatError: onnx "m.onnx": node 0 "Conv" (n): a kernel of depth 3 does not fit into x of depth 2, or exceeds 256',
    ],
    [
      "a kernel of too many slices",
      "Conv",
      [1, 1, 300, 1, 1],
      { initializers: [ones("w", [1, 1, 257, 1, 1])] },
      'FormatError: onnx "m.onnx": node 0 "Conv" (n): a kernel of depth 257 does not fit into x of depth 300, or exceeds 256',
    ],
    [
      "a volume that padding leaves nothing of",
      "ConvTranspose",
      [1, 1, 1, 4, 4],
      { initializers: volume, attributes: { pads: [2, 0, 0, 1, 0, 0] } },
      'FormatError: onnx "m.onnx": node 0 "ConvTranspose" (n): a kernel of depth 3 leaves an output of depth 0, or exceeds 256',
    ],
    [
      "an output_shape of other axes",
      "ConvTranspose",
      [1, 1, 3, 4],
      { initializers: w33, attributes: { output_shape: [7] } },
      'FormatError: onnx "m.onnx": node 0 "ConvTranspose" (n): output_shape is 7, expected 2 sizes',
    ],
    [
      "an empty output_shape",
      "ConvTranspose",
      [1, 1, 3, 4],
      { initializers: w33, attributes: { output_shape: [0, 4] } },
      'FormatError: onnx "m.onnx": node 0 "ConvTranspose" (n): output_shape is 0, 4, expected 2 sizes',
    ],
    [
      "a deformable convolution of rows",
      "DeformConv",
      [1, 1, 5],
      { initializers: w33 },
      'FormatError: onnx "m.onnx": node 0 "DeformConv" (n): x has rank 3, expected 4: only [N, C, H, W] is supported',
    ],
    [
      "an unknown padding of GridSample",
      "GridSample",
      [1, 1, 3, 4],
      { initializers: [ones("g", [1, 2, 2, 2])], attributes: { padding_mode: "wrap" } },
      'FormatError: onnx "m.onnx": node 0 "GridSample" (n): padding_mode "wrap" is not supported, expected zeros, border, reflection',
    ],
  ])("%s", (_, op, shape, options, message) => {
    expect(failureOf(op, shape, options)).toBe(message);
  });
});

describe("parseOnnx reads GridSample with the mode", () => {
  test.each([
    ["bilinear", "linear"],
    ["bicubic", "cubic"],
    ["cubic", "cubic"],
    ["nearest", "nearest"],
  ])("%s", (mode, expected) => {
    const options = { initializers: [ones("g", [1, 2, 5, 2])], attributes: { mode } };
    expect(importOf("GridSample", [1, 3, 3, 4], options)).toBe(
      `gridSample mode=${expected} padding=zeros alignCorners=false -> 1x3x2x5`,
    );
  });
});
