/** The mean of windows goes into the pointwise convolution before it, and no result changes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { AveragePool2dAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { batchNorm, conv, dispatchesOf, planOf } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

const SETTINGS = [{}, { averagePool: false }];

const relu = (b: GraphBuilder, x: Value): Value => b.unary(x, { kind: "relu" });

const graphOf = (
  shape: Shape,
  out: number,
  kernel: readonly [number, number],
  bias = true,
): Graph =>
  buildGraph({ x: shape }, (b, x) => {
    const before = relu(b, batchNorm(b, b.maxPool2d(x, { kernel: [1, 1], stride: [1, 1] })));
    return { y: relu(b, b.averagePool2d(conv(b, before, { out, bias }), { kernel })) };
  });

test.each<[Shape, number, readonly [number, number]]>([
  [[1, 16, 8, 8], 8, [2, 2]],
  [[2, 7, 9, 7], 5, [2, 3]],
  [[1, 33, 3, 3], 18, [3, 3]],
])("of %j to %i channels in windows of %j", async (shape, out, kernel) => {
  const dispatches = await expectSameResults(graphOf(shape, out, kernel), SETTINGS);
  expect(dispatches.at(-1)).toMatch(/conv\/pooled > relu$/);
  await expectSameResults(graphOf(shape, out, kernel), SETTINGS, { software: false });
});

test("random sizes", async () => {
  const size = (min: number, max: number) => fc.integer({ min, max });
  const sizes = fc.tuple(size(1, 2), size(1, 13), size(3, 9), size(3, 9));
  const kernels = fc.tuple(size(1, 3), size(1, 3));
  await fc.assert(
    fc.asyncProperty(
      sizes,
      size(1, 13),
      kernels,
      fc.boolean(),
      async (shape, out, kernel, bias) => {
        await expectSameResults(graphOf(shape, out, kernel, bias), SETTINGS, { software: false });
      },
    ),
    { numRuns: 15, seed: 2 },
  );
}, 300_000);

test.each<[string, Partial<AveragePool2dAttributes>]>([
  ["that overlap", { kernel: [3, 3], stride: [2, 2] }],
  ["with padding", { kernel: [2, 2], padding: [1, 1, 1, 1] }],
  ["that are cut at the border", { kernel: [2, 2], ceilMode: true }],
  ["with a divisor of their own", { kernel: [2, 2], divisor: 3 }],
])("windows %s stay a pool", (_, attributes) => {
  const graph = buildGraph({ x: [1, 8, 7, 7] }, (b, x) => ({
    y: b.averagePool2d(conv(b, x, { out: 4 }), { kernel: [2, 2], ...attributes }),
  }));
  expect(dispatchesOf(planOf(graph))).toEqual(["conv/pointwise", "pool/average"]);
});
