/** Linear layers read a flattened map where it lies, and no result changes. */
// @module-tag slow
import fc from "fast-check";
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { conv, copiesOf, dispatchesOf, numbers, planOf, withZeros } from "../compiler/graphs.ts";
import { expectSameResults } from "./fused-forms.ts";
import { buildGraph } from "./small-models.ts";

const SETTINGS = [{}, { flatten: false }, { channels: false }];

const relu = (b: GraphBuilder, x: Value): Value => b.unary(x, { kind: "relu" });

function layer(b: GraphBuilder, x: Value, outs: number, bias = true): Value {
  const weight = b.constant(numbers([outs, x.shape[1]], { seed: outs }));
  return b.linear(x, weight, bias ? b.constant(numbers([outs], { seed: outs + 1 })) : null);
}

const flatten = (b: GraphBuilder, x: Value): Value =>
  b.reshape(x, [x.shape[0], x.shape[1] * x.shape[2] * x.shape[3]]);

/** Convolution, flattening, layer, ReLU, layer. */
const graphOf = ([n, c, h, w]: Shape, outs: number, bias = true): Graph =>
  buildGraph({ x: [n, 3, h, w] }, (b, x) => {
    const map = relu(b, conv(b, x, { out: c }));
    return { y: layer(b, relu(b, layer(b, flatten(b, map), outs, bias)), 5) };
  });

test.each<[Shape, number]>([
  [[1, 16, 6, 6], 8],
  [[2, 7, 3, 5], 13],
  [[3, 4, 1, 9], 70],
])("of %j to %i", async (shape, outs) => {
  const fused = ["conv/pointwise > relu", "linear/linear > relu", "linear/linear"];
  expect(await expectSameResults(graphOf(shape, outs), SETTINGS)).toEqual(fused);
  await expectSameResults(graphOf(shape, outs), SETTINGS, { software: false });
});

test("random sizes", async () => {
  const size = (min: number, max: number) => fc.integer({ min, max });
  const shapes = fc.tuple(size(1, 3), size(1, 13), size(1, 6), size(1, 6));
  await fc.assert(
    fc.asyncProperty(shapes, size(1, 20), fc.boolean(), async (shape, outs, bias) => {
      await expectSameResults(graphOf(shape, outs, bias), SETTINGS, { software: false });
    }),
    { numRuns: 15, seed: 3 },
  );
}, 300_000);

test("of shuffled channels, by two layers, with functions of the map and of the layers", async () => {
  const graph = buildGraph({ x: [2, 3, 4, 5] }, (b, x) => {
    const parts = [6, 3].map((out) => conv(b, x, { out }));
    const gate = conv(b, b.op("globalAveragePool", [x], {}), { out: 9 });
    const flat = flatten(b, b.binary("mul", b.concat([parts[1], parts[0]]), gate));
    const first = b.unary(relu(b, layer(b, flat, 6)), { kind: "sigmoid" });
    return { y: b.binary("add", layer(b, flat, 6, false), first), first };
  });
  const dispatches = await expectSameResults(graph, [...SETTINGS, { load: false }]);
  expect(dispatches.join()).not.toMatch(/layout/);
});

test("the quads of a map that lie apart are read from a table", async () => {
  const graph = buildGraph({ x: [2, 8, 3, 3] }, (b, x) => {
    const [p, q] = [8, 12].map((out) => conv(b, x, { out, kernel: 3, padding: [1, 1, 1, 1] }));
    const [pq, qp] = [b.concat([p, q]), b.concat([q, p])];
    return {
      y: layer(b, flatten(b, pq), 9),
      z: conv(b, qp, { out: 4 }),
      p: layer(b, flatten(b, qp), 3),
    };
  });
  const dispatches = await expectSameResults(graph, [{ branches: false }, { channels: false }]);
  expect(dispatches.join()).not.toMatch(/layout/);
});

test.each<[string, Graph]>([
  [
    "one channel, of which quads would be four",
    buildGraph({ x: [1, 4, 5, 5] }, (b, x) => ({
      y: layer(b, flatten(b, conv(b, x, { out: 1 })), 4),
    })),
  ],
  [
    "what others read flat",
    buildGraph({ x: [1, 4, 5, 5] }, (b, x) => {
      const flat = flatten(b, conv(b, x, { out: 4 }));
      return { y: layer(b, flat, 4), flat };
    }),
  ],
])("%s is flattened", (_, graph) => {
  expect(dispatchesOf(planOf(graph))).toContain("layout/quads-to-flat");
});

test.each(
  ["alexnet", "bvlc_alexnet", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn"].concat([
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "darknet_alexnet",
  ]),
)("%s copies nothing", { tags: ["slow"], timeout: 120_000 }, (id) =>
  expect(copiesOf(planOf(withZeros(network(id))))).toEqual([]),
);
