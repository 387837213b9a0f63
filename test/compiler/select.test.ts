/** Which kernel computes which convolution. */
import { describe, expect, test } from "vitest";
import {
  invocationsToFill,
  selectConvolution,
  selectStrip,
  selectTile,
  selectVariant,
} from "../../src/compiler/select.ts";
import type { ConvolutionKernel, ConvolutionShape } from "../../src/compiler/select.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, dispatchesOf, planOf, TRAITS } from "./graphs.ts";
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

const INTEGRATED = { ...TRAITS, software: false, integrated: true };
const DISCRETE = { ...TRAITS, software: false };

describe("the tile of a map", () => {
  test.each([
    ["a processor", TRAITS],
    ["an integrated GPU", INTEGRATED],
    ["a discrete GPU", DISCRETE],
  ])("is one of whole numbers for every size, and the same each time, on %s", (_, device) => {
    for (const area of [1, 7, 49, 196, 3136, 12_544, 10 ** 6, 10 ** 8]) {
      for (const quads of [1, 3, 24, 320]) {
        for (const groups of [1, 32]) {
          const tile = selectTile(area, quads, device, groups);
          expect([tile.pixels, tile.quads, tile.workgroup].every(Number.isInteger)).toBe(true);
          expect(groups === 1 || quads % tile.quads === 0).toBe(true);
          expect(selectTile(area, quads, device, groups)).toEqual(tile);
        }
      }
    }
  });

  test("is large on a processor, where loads are dear", () => {
    expect(selectTile(196, 96, TRAITS)).toMatchObject({ pixels: 7, quads: 4 });
  });

  test.each([
    ["14 x 14", 196, 96],
    ["7 x 7", 49, 80],
  ])("is small on GPUs for a map of %s, which fills none", (_, area, quads) => {
    for (const device of [INTEGRATED, DISCRETE]) {
      expect(area * quads).toBeLessThan(invocationsToFill(DISCRETE));
      expect(selectTile(area, quads, DISCRETE)).toMatchObject({ pixels: 1, quads: 1 });
      const { pixels, quads: perTile } = selectTile(area, quads, device);
      expect(pixels * perTile).toBeLessThanOrEqual(4);
    }
  });

  test("is larger on an integrated GPU, which fewer invocations fill", () => {
    const [small, large] = [DISCRETE, INTEGRATED].map((device) => selectTile(3136, 36, device));
    expect(small.pixels * small.quads).toBeLessThan(large.pixels * large.quads);
  });
});

test("strips of depthwise convolutions are long on a processor, short where they must fill a GPU", () => {
  expect(selectStrip([1, 96, 14, 14], TRAITS)).toMatchObject({ height: 14, width: 4 });
  expect(selectStrip([1, 96, 14, 14], TRAITS, 2)).toMatchObject({ height: 14, width: 2 });
  expect(selectStrip([1, 96, 14, 14], DISCRETE)).toMatchObject({ height: 1, width: 1 });
  expect(selectStrip([1, 96, 112, 112], INTEGRATED)).toMatchObject({ height: 4, width: 1 });
});

test("a linear layer splits its sums on GPUs only", () => {
  const layer = { x: [1, 1280], y: [1, 1000], weight: [1000, 1280] };
  expect(selectVariant(layer, TRAITS)).toEqual({ kernel: "linear", workgroup: 4, split: 1 });
  expect(selectVariant(layer, DISCRETE)).toEqual({ kernel: "linear", workgroup: 128, split: 16 });
});
