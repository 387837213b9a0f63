/** Slices that leave out pixels are pools, where that takes no copy. */
import { describe, expect, test } from "vitest";
import { poolStridedSlices } from "../../src/compiler/passes/pool-strided-slices.ts";
import type { OperatorAttributes } from "../../src/graph/attributes.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { cloneGraph } from "../../src/graph/rewrite.ts";
import { evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { expectNear } from "../gpu/compare.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, copiesOf, dispatchesOf, kindsOf, numbers, planOf } from "./graphs.ts";

type Slice = OperatorAttributes["slice"];

const EVERY_SECOND: Slice = { axes: [2, -1], starts: [0, 0], sizes: [4, 3], steps: [2, 2] };

function graphOf(attributes: Slice, from = (b: GraphBuilder, x: Value) => conv(b, x, { out: 6 })) {
  return buildGraph({ x: [2, 5, 7, 6] }, (b, x) => ({
    y: b.op("slice", [from(b, x)], attributes),
  }));
}

/** The graph after the pass, which must compute what the graph before it computed. */
function afterPass(graph: Graph): Graph {
  const result = cloneGraph(graph);
  poolStridedSlices.run(result);
  const feeds = { x: numbers(graph.inputs[0].shape, { seed: 3 }) };
  expectNear(evaluateGraphInFloat64(result, feeds), evaluateGraphInFloat64(graph, feeds), 1e-12);
  return result;
}

describe("becomes a pool", () => {
  test.each<[string, Slice]>([
    ["every second pixel", EVERY_SECOND],
    ["every third row", { axes: [2], starts: [0], sizes: [3], steps: [3] }],
    [
      "every second column, with all channels named",
      { axes: [3, 1], starts: [0, 0], sizes: [3, 6], steps: [2, 1] },
    ],
  ])("%s", (_, attributes) => {
    expect(kindsOf(afterPass(graphOf(attributes)))).toBe("conv2d, maxPool2d");
  });
});

describe("stays a slice", () => {
  test.each<[string, Slice]>([
    ["what begins at another pixel", { ...EVERY_SECOND, starts: [1, 0], sizes: [3, 3] }],
    ["what ends before the map", { ...EVERY_SECOND, sizes: [3, 3] }],
    ["what leaves out channels", { axes: [1, 2], starts: [0, 0], sizes: [3, 4], steps: [2, 2] }],
    ["what turns a map round", { axes: [2], starts: [6], sizes: [4], steps: [-2] }],
    ["a part without steps", { axes: [2], starts: [0], sizes: [4], steps: [1] }],
  ])("%s", (_, attributes) => {
    expect(kindsOf(afterPass(graphOf(attributes)))).toBe("conv2d, slice");
  });

  test("what lies row by row", () => {
    const rows = (b: GraphBuilder, x: Value) => b.reshape(b.reshape(x, [2, 210]), [2, 5, 7, 6]);
    const graph = afterPass(graphOf(EVERY_SECOND, rows));
    expect(kindsOf(graph)).toBe("reshape, reshape, slice");
  });
});

test("the sum of strided pixels and a convolution rides on the pool", () => {
  const graph = buildGraph({ x: [1, 8, 8, 8] }, (b, x) => {
    const wide = b.unary(conv(b, x, { out: 8 }), { kind: "relu" });
    const attributes = { axes: [2, 3], starts: [0, 0], sizes: [4, 4], steps: [2, 2] };
    const shortcut = b.op("slice", [wide], attributes);
    const y = conv(b, wide, { out: 8, kernel: 3, stride: [2, 2], padding: [1, 1, 1, 1] });
    return { y: b.unary(b.binary("add", y, shortcut), { kind: "relu" }) };
  });
  const plan = planOf(graph);
  expect(copiesOf(plan)).toEqual([]);
  expect(dispatchesOf(plan)).toEqual([
    "conv/pointwise > relu",
    "conv/direct",
    "pool/max > add, relu",
  ]);
});
