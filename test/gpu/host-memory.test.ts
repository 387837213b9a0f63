/** What a loaded model keeps on the host: the weights are on the device, and nothing else holds them. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { createModel, load } from "../../src/model.ts";
import type { Model } from "../../src/loaded-model.ts";
import { numbers } from "../compiler/graphs.ts";
import { testDevice } from "./run-kernel.ts";

const SHAPE = [1, 8, 6, 5];

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Weak references to weights, which a loaded model was made from. */
interface Loaded {
  readonly model: Model;
  readonly weights: readonly WeakRef<Tensor["data"]>[];
}

/** A 3 x 3 convolution, a depthwise one with batch norm, a sum with a constant map, and a layer. */
function graphOf(constant: (seed: number, shape: readonly number[]) => Tensor): Graph {
  const builder = new GraphBuilder("model");
  const weight = (seed: number, shape: readonly number[]) =>
    builder.constant(constant(seed, shape));
  const x = builder.input("x", SHAPE);
  const padding = [1, 1, 1, 1] as const;
  const dense = builder.conv2d(x, weight(1, [12, 8, 3, 3]), weight(2, [12]), { padding });
  const filtered = builder.conv2d(dense, weight(3, [12, 1, 3, 3]), null, { padding, groups: 12 });
  const statistics = [4, 5, 6, 7].map((seed) => weight(seed, [12]));
  const normal = builder.op("batchNorm", [filtered, ...statistics], { epsilon: 1 });
  const shifted = builder.binary("add", normal, weight(8, [1, 12, 6, 5]));
  const pooled = builder.op("globalAveragePool", [shifted], {});
  const flat = builder.reshape(pooled, [1, 12]);
  builder.output("y", builder.op("linear", [flat, weight(9, [4, 12]), weight(10, [4])], {}));
  return builder.graph;
}

function watchedGraph(): { graph: Graph; weights: Loaded["weights"] } {
  const weights: WeakRef<Tensor["data"]>[] = [];
  const graph = graphOf((seed, shape) => {
    const made = numbers(shape, { seed, shift: 2 });
    weights.push(new WeakRef(made.data));
    return made;
  });
  return { graph, weights };
}

async function loadConstants(): Promise<Loaded> {
  const { graph, weights } = watchedGraph();
  return { model: await load(graph, { device: await testDevice() }), weights };
}

/** As `loadConstants`; the search for faster kernels holds the graph, and has ended. */
async function loadTuned(): Promise<Loaded> {
  const { graph, weights } = watchedGraph();
  let tuned!: () => void;
  const ended = new Promise<void>((resolve) => (tuned = resolve));
  const tuneInBackground = { budgetMs: 0, onTuned: () => tuned() };
  const model = await load(graph, { device: await testDevice(), tuneInBackground });
  await model.run(syntheticInput(SHAPE));
  await ended;
  return { model, weights };
}

async function loadParameters(): Promise<Loaded> {
  const builder = new GraphBuilder("model");
  const x = builder.input("x", SHAPE);
  const parameters = [builder.parameter("weight", [16, 8, 1, 1]), builder.parameter("bias", [16])];
  builder.output("y", builder.conv2d(x, parameters[0], parameters[1]));
  const tensors = new Map([
    ["weight", numbers([16, 8, 1, 1])],
    ["bias", numbers([16])],
  ]);
  const weights = [...tensors.values()].map(({ data }) => new WeakRef(data));
  const model = await createModel(builder.graph, tensors, { device: await testDevice() });
  return { model, weights };
}

test.each([
  ["constants of its graph", loadConstants],
  ["constants of its graph once it was tuned", loadTuned],
  ["tensors of its parameters", loadParameters],
])("a model keeps no %s", async (_, loadModel) => {
  const { model, weights } = await loadModel();
  const before = await model.run(syntheticInput(SHAPE));
  // What a promise held is free a turn after it.
  await new Promise((resolve) => setTimeout(resolve, 0));
  collectGarbage();
  expect(weights.filter((weight) => weight.deref() !== undefined)).toEqual([]);
  expect(await model.run(syntheticInput(SHAPE))).toEqual(before);
  expect(model.statistics.weightBytes).toBeGreaterThan(0);
  model.dispose();
});
