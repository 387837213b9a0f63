/** Channels lie where their readers want them: results stay the same, and nothing is moved. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { resolveChannels } from "../../src/compiler/channels/resolve-channels.ts";
import { LaneCosts } from "../../src/compiler/channels/lane-cost.ts";
import { rewriteChannels } from "../../src/compiler/channels/rewrite.ts";
import { solveChannels } from "../../src/compiler/channels/solve.ts";
import { weighCopies } from "../../src/compiler/channels/weigh.ts";
import { passesOf } from "../../src/compiler/compile.ts";
import { DISPATCHES } from "../../src/compiler/cost.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { cloneGraph, removeDeadNodes, sortNodes } from "../../src/graph/rewrite.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { BLOCKS, buildBlock } from "../blocks/fixtures.ts";
import { differenceOf } from "../gpu/compare.ts";
import { buildRecipe, recipesOf } from "../gpu/random-graph.ts";
import { buildGraph } from "../gpu/small-models.ts";
import { conv, LOWER_TABLE, TRAITS } from "./graphs.ts";

/** A copy of a graph as the pass finds it. */
function prepared(source: Graph): Graph {
  const graph = cloneGraph(source);
  removeDeadNodes(graph);
  sortNodes(graph);
  for (const [pass] of passesOf(LOWER_TABLE)) if (pass !== resolveChannels) pass.run(graph);
  return graph;
}

/** Every lane costs, and no copy does. */
const FREE_COPIES = new LaneCosts({ ...DISPATCHES, dispatch: 0, product: 1 }, TRAITS);

/** Rewrites a graph so that it copies where that saves a lane; returns how many values it copies. */
function copyFreely(graph: Graph): number {
  const { solution } = weighCopies(graph, FREE_COPIES);
  rewriteChannels(graph, solution);
  return solution.gathers.size;
}

/** The greatest difference that a rewriting makes, as a part of the greatest magnitude of any value. */
function errorOf(
  graph: Graph,
  rewrite = (resolved: Graph): void => resolveChannels.run(resolved),
): number {
  const inputs = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [name, syntheticInput(shape)]),
  );
  let scale = 1e-6;
  const expected = evaluateGraph(graph, inputs, (_, outputs) => {
    for (const { data } of outputs) for (const y of data) scale = Math.max(scale, Math.abs(y));
  });
  const resolved = cloneGraph(graph);
  rewrite(resolved);
  const actual: Record<string, Tensor> = evaluateGraph(resolved, inputs);
  const errors = Object.entries(expected).map(([name, { data, shape }]) => {
    expect(actual[name].shape).toEqual(shape);
    return differenceOf(actual[name].data, data).maxError;
  });
  return Math.max(...errors) / scale;
}

/** A quick check takes every so many of the blocks. */
const SAMPLE_STEP = 8;

/** Weights by formula, where the graph has parameters. */
const bound = (graph: Graph): Graph => bindWeights(graph, syntheticWeights(graph), "synthetic");

const KINDS = [
  "pointwise",
  "dense",
  "depthwise",
  "grouped",
  "unary",
  "binary",
  "residual",
  "affine",
  "gate",
  "maxPool",
  "concat",
  "concat",
  "slice",
  "slice",
  "shuffle",
  "shuffle",
  "prelu",
  "head",
] as const;

describe("the order of channels changes no result of", () => {
  test("random networks that move channels", () => {
    const recipes = recipesOf(KINDS, { layers: 14, channels: 13 });
    const property = fc.property(recipes, (recipe) => {
      expect(errorOf(prepared(buildRecipe(recipe)))).toBeLessThan(1e-5);
    });
    fc.assert(property, { seed: 1, numRuns: 400 });
  }, 120_000);

  test("random networks whose channels are copied rather than padded", () => {
    const recipes = recipesOf(KINDS, { layers: 14, channels: 13 });
    let copies = 0;
    const property = fc.property(recipes, (recipe) => {
      const rewrite = (graph: Graph) => (copies += copyFreely(graph));
      expect(errorOf(prepared(buildRecipe(recipe)), rewrite)).toBeLessThan(1e-5);
    });
    fc.assert(property, { seed: 2, numRuns: 200 });
    expect(copies).toBeGreaterThan(20);
  }, 120_000);

  test("a unit of ShuffleNetV1 with 8 groups, shuffled by copies", () => {
    const graph = prepared(bound(network("shufflenetv1_0.5x_g8_megvii", { inputSize: 32 })));
    const rewrite = (resolved: Graph) => expect(copyFreely(resolved)).toBeGreaterThan(0);
    expect(errorOf(graph, rewrite)).toBeLessThan(1e-5);
  });

  const inSample = (_: string, i: number): boolean => i % SAMPLE_STEP === 0;
  const others = Object.keys(BLOCKS).filter((id, i) => !inSample(id, i));
  const checkBlock = (id: string): void => {
    expect(errorOf(prepared(bound(buildBlock(id))))).toBeLessThan(1e-6);
  };
  test.each(Object.keys(BLOCKS).filter(inSample))("the block %s", checkBlock);
  test.each(others)("the block %s", { tags: ["slow"] }, checkBlock);

  test.each([
    "shufflenet_v2_x0_5",
    "shufflenetv1_1.0x_g3_jaxony",
    "shufflenetv1_0.5x_g8_megvii",
    "ghostnet_050",
    "hbonet_0.1",
    "hbonet_0.25",
    "hs_resnet50_bobo_s8",
    "csp_densenet121_own_both",
    "resnest14d",
  ])("%s", { tags: ["slow"], timeout: 120_000 }, (id) => {
    expect(errorOf(prepared(bound(network(id, { inputSize: 32 }))))).toBeLessThan(1e-5);
  });
});

/** Sizes of the runs of lanes that hold channels, as `29 15 7 7`. */
function blocksOf(lanes: readonly number[]): string {
  const runs: number[] = [];
  lanes.forEach((channel, lane) => {
    if (channel < 0) return;
    if (lane > 0 && lanes[lane - 1] >= 0) runs[runs.length - 1]++;
    else runs.push(1);
  });
  return runs.join(" ");
}

const slice = (x: Value, start: number, count: number) =>
  [x, { axes: [1], starts: [start], sizes: [count], steps: [1] }] as const;

describe("blocks of channels", () => {
  test("of ShuffleNetV2 are those that the same units read", () => {
    const graph = prepared(bound(network("shufflenet_v2_x1_0", { inputSize: 32 })));
    const { lanes } = solveChannels(graph);
    const value = graph.nodes.find(({ name }) => name.startsWith("stage2.0.branch2.6"))!.outputs[0];
    expect(blocksOf(lanes.get(value)!)).toBe("7 7 15 29");
  });

  test("are padded to quads where a slice cuts one", () => {
    const graph = buildGraph({ x: [1, 4, 3, 3] }, (b, x) => {
      const y = conv(b, x, { out: 10 });
      const [first, rest] = [slice(y, 0, 3), slice(y, 3, 7)].map(([from, attributes]) =>
        b.op("slice", [from], attributes),
      );
      return { y: b.binary("add", conv(b, first, { out: 4 }), conv(b, rest, { out: 4 })) };
    });
    const { lanes } = solveChannels(graph);
    expect(lanes.get(graph.nodes[0].outputs[0])).toEqual([0, 1, 2, -1, 3, 4, 5, 6, 7, 8, 9, -1]);
  });

  test("of what a graph gives out stay in their order", () => {
    const graph = buildGraph({ x: [1, 4, 3, 3] }, (b, x) => {
      const y = conv(b, x, { out: 10 });
      const [from, attributes] = slice(y, 3, 7);
      return { y, z: conv(b, b.op("slice", [from], attributes), { out: 4 }) };
    });
    const { lanes } = solveChannels(graph);
    expect(lanes.get(graph.nodes[0].outputs[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
