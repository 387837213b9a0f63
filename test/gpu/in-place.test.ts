/** What is written over what is read for the last time: where, and that not a bit is another then. */
// @module-tag slow
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { verify } from "../../src/verify.ts";
import { conv, LOWER_TABLE, planOf, TRAITS } from "../compiler/graphs.ts";
import { buildRecipe, recipes } from "./random-graph.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

/** The kernels whose output begins where something lies that they read. */
function inPlaceOf({ dispatches }: Plan): string[] {
  return dispatches
    .filter(({ reads, writes: [y] }) => reads.some(({ offset }) => offset === y.offset))
    .map(({ kernel }) => kernel);
}

type Make = (b: GraphBuilder, x: Value) => Value;

const relu: Make = (b, x) => b.unary(x, { kind: "relu" });
const same = { kernel: 3, padding: [1, 1, 1, 1] } as const;
const depthwise: Make = (b, x) => conv(b, x, { ...same, out: x.shape[1], groups: x.shape[1] });
const wide: Make = (b, x) => conv(b, x, { out: x.shape[1] + 3 });
/** A layer on a narrower map, so that the residual can only be the one before it. */
const residual =
  (layer: Make): Make =>
  (b, x) => {
    const before = relu(b, conv(b, x, { out: 9 }));
    return b.binary("add", layer(b, wide(b, before)), before);
  };

const kernelsOf = (make: Make, shape: Shape = [2, 6, 5, 7]): string[] =>
  inPlaceOf(planOf(buildGraph({ x: shape }, (b, x) => ({ y: make(b, x) }))));

describe("the output takes the place of", () => {
  test.each<[string, string, Make]>([
    ["the residual", "conv/pointwise", residual((b, x) => conv(b, x, { out: 9 }))],
    ["the residual", "conv/direct", residual((b, x) => conv(b, x, { ...same, out: 9 }))],
    [
      "a residual that a depthwise convolution adds",
      "conv/depthwise-rows",
      (b, x) => {
        const before = relu(b, conv(b, x, { out: 9 }));
        const next = conv(b, before, { out: 9 });
        return b.binary("add", depthwise(b, next), before);
      },
    ],
    [
      "a residual that is computed where it is read",
      "conv/pointwise",
      (b, x) => {
        const before = conv(b, x, { out: 9 });
        const gate = b.op("globalAveragePool", [before], {});
        const gated = b.binary("mul", before, gate);
        return b.binary("add", conv(b, wide(b, before), { out: 9 }), gated);
      },
    ],
    [
      "the input of a function by itself",
      "elementwise/map",
      (b, x) => b.op("globalAveragePool", [relu(b, x)], {}),
    ],
    [
      "a row-major value",
      "elementwise/map",
      (b, x) => b.op("softmax", [relu(b, b.reshape(x, [2, 3, 70]))], { axis: 2 }),
    ],
  ])("%s: %s", (_, kernel, make) => {
    const graph = buildGraph({ x: [2, 6, 5, 7] }, (b, x) => ({ y: make(b, x) }));
    const fuse = { load: false };
    expect(inPlaceOf(planOf(graph, fuse))).toContain(kernel);
    expect(inPlaceOf(planOf(graph, { ...fuse, inPlace: false }))).toEqual([]);
  });
});

describe("nothing is written over", () => {
  test.each<[string, Make]>([
    [
      "that the kernel reads elsewhere too",
      (b, x) => {
        const before = relu(b, conv(b, x, { out: 9 }));
        return b.binary("add", conv(b, before, { ...same, out: 9 }), before);
      },
    ],
    [
      "that is an output",
      (b, x) => {
        const before = relu(b, conv(b, x, { out: 9 }));
        b.output("before", before);
        return b.binary("add", conv(b, wide(b, before), { out: 9 }), before);
      },
    ],
    [
      "that is broadcast",
      (b, x) => {
        const before = relu(b, conv(b, x, { out: 9 }));
        const gate = b.op("globalAveragePool", [before], {});
        return b.binary("add", conv(b, wide(b, before), { out: 9 }), gate);
      },
    ],
  ])("%s", (_, make) => {
    expect(kernelsOf(make)).toEqual([]);
  });

  test("that another reads later, until that one", () => {
    const kernels = kernelsOf((b, x) => {
      const before = relu(b, conv(b, x, { out: 9 }));
      const sum = b.binary("add", conv(b, wide(b, before), { ...same, out: 9 }), before);
      return b.binary("add", conv(b, wide(b, sum), { out: 9 }), before);
    });
    expect(kernels).toEqual(["conv/pointwise"]);
  });

  test("by a grid that is folded, whose last workgroup may work twice", () => {
    const sum = residual((b, x) => conv(b, x, { out: 9 }));
    const graph = buildGraph({ x: [4, 6, 5, 7] }, (b, x) => ({
      y: b.op("globalAveragePool", [sum(b, x)], {}),
    }));
    const narrow = { ...TRAITS, maxWorkgroupsPerDimension: 3 };
    expect(inPlaceOf(compile(graph, narrow, {}, LOWER_TABLE))).toEqual([]);
    expect(inPlaceOf(planOf(graph))).toEqual(["conv/pointwise"]);
  });
});

/** What several runs give that are begun at once. */
async function runs(graph: Graph, xs: readonly Tensor[], inPlace: boolean) {
  const device = await testDevice();
  const plan = compile(graph, device.traits, { fuse: { inPlace } }, LOWER_TABLE);
  const scheduler = await Scheduler.create(device, plan);
  const [{ name }] = graph.inputs;
  try {
    const outputs = await Promise.all(
      xs.map(({ data }) => scheduler.run(new Map([[name, { kind: "host", data } as const]]))),
    );
    return { outputs, count: inPlaceOf(plan).length };
  } finally {
    scheduler.dispose();
  }
}

/** Five runs on two inputs, with and without; returns how many kernels write over what they read. */
async function compare(graph: Graph): Promise<number> {
  const { shape } = graph.inputs[0];
  const one = syntheticInput(shape);
  const other = { ...one, data: Float32Array.from(one.data, (value) => 0.5 - value) };
  const xs = [one, other, one, one, other];
  const apart = await runs(graph, xs, false);
  const inPlace = await runs(graph, xs, true);
  expect(inPlace.outputs).toEqual(apart.outputs);
  expect(inPlace.outputs[2]).toEqual(inPlace.outputs[0]);
  return inPlace.count;
}

test("random networks give the same bits, run after run", { timeout: 600_000 }, async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(recipes, async (recipe) => {
      count += await compare(buildRecipe(recipe));
    }),
    { numRuns: 40, seed: 11 },
  );
  expect(count).toBeGreaterThan(10);
});

const bound = (graph: Graph): Graph => bindWeights(graph, syntheticWeights(graph), "formula");

/** Bottlenecks whose residuals are the greatest values, for two images. */
const bottlenecks = (): Graph =>
  buildGraph({ x: [2, 3, 9, 7] }, (b, x) => {
    let y = relu(b, conv(b, x, { out: 22 }));
    for (let i = 0; i < 3; i++) {
      const inner = relu(b, conv(b, relu(b, conv(b, y, { out: 6 })), { ...same, out: 6 }));
      y = relu(b, b.binary("add", conv(b, inner, { out: 22 }), y));
    }
    return { y };
  });

test(
  "a batch of bottlenecks gives the same bits, in less memory",
  { timeout: 120_000 },
  async () => {
    expect(await compare(bottlenecks())).toBe(3);
    const bytes = (inPlace: boolean) => planOf(bottlenecks(), { inPlace }).arenaBytes;
    expect(bytes(true)).toBeLessThan(0.9 * bytes(false));
  },
);

test("every dispatch of a residual network holds what the reference does", async () => {
  const graph = bottlenecks();
  const { rows, firstBad } = await verify(
    graph,
    { x: syntheticInput(graph.inputs[0].shape) },
    await testDevice(),
    { tolerance: 1e-5 },
  );
  expect(firstBad).toBeNull();
  expect(rows.length).toBeGreaterThan(9);
});

test("resnet50 takes less memory, no more than its lower bound", { timeout: 60_000 }, () => {
  const graph = bound(network("resnet50"));
  const [apart, inPlace] = [false, true].map((on) => planOf(graph, { inPlace: on }));
  expect(inPlace.lowerBoundBytes).toBeLessThan(0.9 * apart.lowerBoundBytes);
  expect(inPlace.arenaBytes).toBeLessThanOrEqual(1.01 * inPlace.lowerBoundBytes);
});
