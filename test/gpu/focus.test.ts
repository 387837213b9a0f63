/** Focus goes into the convolution after it, and no result changes. */
// @module-tag slow
import fc from "fast-check";
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, copiesOf, dispatchesOf, planOf, withZeros } from "../compiler/graphs.ts";
import type { Convolution } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

const SETTINGS = [{}, { focus: false }];

const CORNERS = [
  [0, 0],
  [1, 0],
  [0, 1],
  [1, 1],
] as const;

type Start = readonly [number, number];

function part(b: GraphBuilder, x: Value, starts: Start, steps: Start = [2, 2]): Value {
  const sizes = [Math.floor(x.shape[2] / steps[0]), Math.floor(x.shape[3] / steps[1])];
  return b.op("slice", [x], { axes: [2, 3], starts, sizes, steps });
}

/** As exported by PyTorch: a slice of rows, and one of columns of that. */
function partInTwo(b: GraphBuilder, x: Value, [row, column]: Start): Value {
  const rows = { axes: [2], starts: [row], sizes: [x.shape[2] / 2], steps: [2] };
  const columns = { axes: [-1], starts: [column], sizes: [x.shape[3] / 2], steps: [2] };
  return b.op("slice", [b.op("slice", [x], rows)], columns);
}

const relu = (b: GraphBuilder, x: Value): Value => b.unary(x, { kind: "relu" });

function graphOf(shape: Shape, starts: readonly Start[], options: Convolution): Graph {
  return buildGraph({ x: shape }, (b, x) => {
    const parts = starts.map((start) => part(b, x, start));
    return { y: relu(b, conv(b, b.concat(parts), options)) };
  });
}

test.each<[Shape, Partial<Convolution>]>([
  [[1, 3, 16, 12], { kernel: 3, padding: [1, 1, 1, 1] }],
  [[2, 3, 10, 14], { kernel: 3, stride: [2, 1], padding: [0, 1, 2, 0] }],
  [[1, 1, 6, 4], {}],
  [[1, 6, 2, 2], { kernel: 3, padding: [1, 1, 1, 1] }],
])("of %j before a convolution with %j", async (shape, options) => {
  const graph = graphOf(shape, CORNERS, { out: 9, ...options });
  expect(await expectSameResults(graph, SETTINGS)).toHaveLength(1);
  await expectSameResults(graph, SETTINGS, { software: false });
});

test("random sizes and orders", async () => {
  const size = (min: number, max: number) => fc.integer({ min, max });
  const halves = fc.tuple(size(1, 2), size(1, 5), size(2, 6), size(2, 6));
  const order = fc.shuffledSubarray([...CORNERS], { minLength: 4 });
  const geometry = fc.tuple(size(1, 3), size(1, 2), size(0, 1), size(0, 2));
  await fc.assert(
    fc.asyncProperty(
      halves,
      order,
      geometry,
      async ([n, c, h, w], starts, [kernel, stride, before, after]) => {
        const options: Convolution = {
          out: 5,
          kernel: Math.min(kernel, h, w),
          stride: [stride, 3 - stride],
          padding: [before, after, after, before],
        };
        const graph = graphOf([n, c, 2 * h, 2 * w], starts, options);
        expect(await expectSameResults(graph, SETTINGS)).toHaveLength(1);
      },
    ),
    { numRuns: 15, seed: 4 },
  );
}, 300_000);

test("as two slices after each other, read by two convolutions", async () => {
  const graph = buildGraph({ x: [1, 3, 8, 8] }, (b, x) => {
    const focus = b.concat(CORNERS.map((start) => partInTwo(b, x, start)));
    const y = conv(b, focus, { out: 4, kernel: 3 });
    return { y, z: conv(b, focus, { out: 6, bias: false, stride: [2, 2] }) };
  });
  expect((await expectSameResults(graph, SETTINGS)).join()).not.toMatch(/layout/);
});

test("of other steps", async () => {
  const starts = Array.from({ length: 6 }, (_, i): Start => [i % 3, Math.floor(i / 3)]);
  const graph = buildGraph({ x: [1, 2, 9, 8] }, (b, x) => {
    const parts = starts.map((start) => part(b, x, start, [3, 2]));
    return { y: conv(b, b.concat(parts), { out: 4, kernel: 3, padding: [1, 1, 1, 1] }) };
  });
  expect(await expectSameResults(graph, SETTINGS)).toHaveLength(1);
});

test.each<[string, Graph]>([
  ["an odd height", graphOf([1, 3, 7, 8], CORNERS, { out: 4 })],
  [
    "a part twice",
    graphOf(
      [1, 3, 8, 8],
      [
        [0, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ],
      { out: 4 },
    ),
  ],
  ["a part too few", graphOf([1, 3, 8, 8], CORNERS.slice(1), { out: 4 })],
  ["groups", graphOf([1, 3, 8, 8], CORNERS, { out: 4, groups: 4 })],
  ["dilation", graphOf([1, 3, 12, 12], CORNERS, { out: 4, kernel: 3, dilation: [2, 2] })],
  [
    "another reader",
    buildGraph({ x: [1, 3, 8, 8] }, (b, x) => {
      const focus = b.concat(CORNERS.map((start) => part(b, x, start)));
      return { y: conv(b, focus, { out: 4 }), z: b.binary("mul", focus, focus) };
    }),
  ],
  [
    "maps that differ",
    buildGraph({ x: [1, 3, 8, 8] }, (b, x) => {
      const maps = [x, relu(b, x)];
      const focus = b.concat(CORNERS.map((start, i) => part(b, maps[i % 2], start)));
      return { y: conv(b, focus, { out: 4 }) };
    }),
  ],
])("with %s it stays", async (_, graph) => {
  expect(dispatchesOf(planOf(graph)).length).toBeGreaterThan(1);
  await expectSameResults(graph, SETTINGS);
});

test.each(["cspdarknet_p5_s", "mmdet_cspdarknet_p5_s"])("%s copies nothing", (id) => {
  expect(copiesOf(planOf(withZeros(network(id))))).toEqual([]);
});
