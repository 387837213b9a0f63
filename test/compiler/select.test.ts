/** Which kernel computes which convolution. */
import { expect, test } from "vitest";
import { selectConvolution } from "../../src/compiler/select.ts";
import type { ConvolutionKernel, ConvolutionShape } from "../../src/compiler/select.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, dispatchesOf, planOf } from "./graphs.ts";
import type { Convolution } from "./graphs.ts";

const ROWS: readonly (readonly [string, ConvolutionKernel, Shape, Convolution])[] = [
  ["a 1x1 convolution", "pointwise", [1, 8, 5, 5], { out: 12 }],
  ["a 1x1 convolution of one pixel", "linear", [2, 8, 1, 1], { out: 12 }],
  ["a 1x1 convolution with strides", "direct", [1, 8, 5, 5], { out: 12, stride: [2, 2] }],
  ["a 1x1 convolution with padding", "direct", [1, 8, 5, 5], { out: 12, padding: [1, 0, 0, 0] }],
  ["a 3x3 convolution", "direct", [1, 3, 9, 9], { out: 12, kernel: 3 }],
  [
    "a 3x3 convolution of one pixel",
    "direct",
    [1, 8, 1, 1],
    { out: 4, kernel: 3, padding: [1, 1, 1, 1] },
  ],
  ["a convolution of each channel", "depthwise", [1, 7, 9, 9], { out: 7, kernel: 3, groups: 7 }],
  ["several outputs of each channel", "grouped", [1, 7, 9, 9], { out: 14, kernel: 3, groups: 7 }],
  ["groups of whole quads", "direct", [1, 16, 9, 9], { out: 24, kernel: 3, groups: 2 }],
  [
    "groups whose inputs end within quads",
    "grouped",
    [1, 12, 9, 9],
    { out: 16, kernel: 3, groups: 2 },
  ],
  [
    "groups whose outputs end within quads",
    "grouped",
    [1, 16, 9, 9],
    { out: 12, kernel: 3, groups: 2 },
  ],
];

test.each(ROWS)("%s is computed by the kernel %s", (_, kernel, shape, options) => {
  const builder = new GraphBuilder("select");
  const y = conv(builder, builder.input("x", shape), options);
  builder.output("y", y);
  const [node] = builder.graph.nodes;
  const weight = node.inputs[1]!.shape;
  const attributes = node.attributes as ConvolutionShape["attributes"];
  expect(selectConvolution({ x: shape, y: y.shape, weight, attributes })).toBe(kernel);
  // There are several kernels for each way to compute.
  const folder = kernel === "linear" ? "linear" : "conv";
  expect(dispatchesOf(planOf(builder.graph))).toEqual([
    expect.stringMatching(`^${folder}/${kernel}`),
  ]);
});
