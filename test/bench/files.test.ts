/** The files that the benchmark gives to its peers hold the network that lightfuse runs. */
import { beforeAll, describe, expect, test } from "vitest";
import { toChannelsLast } from "../../bench/files/channels-last.ts";
import { foldBatchNorms } from "../../bench/files/fold-batch-norm.ts";
import { channelsLast } from "../../bench/files/layout.ts";
import { writeOnnx } from "../../bench/files/onnx.ts";
import { writeTfjs } from "../../bench/files/tfjs.ts";
import { writeTflite } from "../../bench/files/tflite.ts";
import {
  GraphBuilder,
  network,
  readGraph,
  syntheticInput,
  tensor,
  withWeights,
} from "../../src/index.ts";
import type { Graph, Tensor } from "../../src/index.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { readTflite, type TfliteFile } from "./read-tflite.ts";

/** Small, with strides on odd sizes: 33 -> 17 -> 9 -> 5 -> 3 -> 2. */
const SIZE = 33;

const small = (id: string, inputSize = SIZE) =>
  withWeights(network(id, { inputSize, classes: 5 }), "synthetic");

function outputOf(graph: Graph, x: Tensor): number[] {
  const outputs = evaluateGraph(graph, { [graph.inputs[0].name]: x });
  return [...Object.values(outputs)[0].data];
}

function gap(a: readonly number[], b: readonly number[]): number {
  const most = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / most;
}

async function asTfjs(graph: Graph): Promise<Graph> {
  const { json, weights } = writeTfjs(toChannelsLast(foldBatchNorms(graph)));
  return readGraph({ json: JSON.parse(json) as unknown, weights });
}

function outputOfTfjs(read: Graph, x: Tensor): number[] {
  const [batch, channels, height, width] = x.shape;
  const turned = channelsLast(x.data as Float32Array, x.shape);
  const isLast = read.inputs[0].shape[3] === channels;
  return outputOf(read, isLast ? tensor([batch, height, width, channels], turned) : x);
}

function defineFileTests(id: string, inputSize: number, ...tags: string[]): void {
  describe(`the files of ${id}`, { tags }, () => {
    let graph: Graph;
    let x: Tensor;
    let expected: number[];

    beforeAll(async () => {
      graph = await small(id, inputSize);
      x = syntheticInput(graph.inputs[0].shape);
      expected = outputOf(graph, x);
    });

    test("as ONNX compute the same", async () => {
      const read = await readGraph(writeOnnx(foldBatchNorms(graph)), { name: "model.onnx" });
      expect(gap(outputOf(read, x), expected)).toBeLessThan(1e-5);
    });

    test("as TensorFlow.js compute the same", async () => {
      expect(gap(outputOfTfjs(await asTfjs(graph), x), expected)).toBeLessThan(1e-5);
    });
  });
}

defineFileTests("squeezenet1_1", SIZE);
defineFileTests("mobilenet_v2", SIZE, "slow");
defineFileTests("mobilenet_v3_small", SIZE, "slow");
defineFileTests("shufflenet_v2_x1_0", SIZE, "slow");
defineFileTests("efficientnet_b0", SIZE, "slow");
// Its three transitions halve what two strides left.
defineFileTests("densenet121", 64, "slow");

test.each([
  ["mobilenet_v2", 0],
  ["densenet121", 62], // Those before the convolutions, and the last.
])("the batch norms of %s that no convolution takes up are %i", async (id, count) => {
  const { nodes } = foldBatchNorms(await small(id, 64));
  expect(nodes.filter(({ op }) => op === "batchNorm")).toHaveLength(count);
});

/** Parts of unequal sizes, groups of several channels, and a pool whose padding must not win. */
async function pieces(): Promise<Graph> {
  const builder = new GraphBuilder("pieces");
  const x = builder.input("x", [1, 4, 8, 8]);
  const pooled = builder.maxPool2d(x, { kernel: [3, 3], stride: [2, 2], padding: [1, 1, 1, 1] });
  const part = (start: number, size: number) =>
    builder.op("slice", [pooled], { axes: [1], starts: [start], sizes: [size], steps: [1] });
  const swapped = builder.op("concat", [part(1, 3), part(0, 1)], { axis: 1 });
  const weight = builder.parameter("weight", [6, 2, 3, 3]);
  const conv = builder.conv2d(swapped, weight, null, { groups: 2, padding: [1, 1, 1, 1] });
  const silu = builder.op("unary", [conv], { kind: "silu" });
  const mean = builder.op("globalAveragePool", [silu], {});
  builder.output("y", builder.op("reshape", [mean], { shape: [1, 6] }));
  return withWeights(builder.graph, "synthetic");
}

const negative = tensor(
  [1, 4, 8, 8],
  Float32Array.from({ length: 256 }, (_, i) => -1 - ((i * 37) % 101) / 50),
);

test("slices, groups, and pools over negative values as ONNX compute the same", async () => {
  const graph = await pieces();
  const read = await readGraph(writeOnnx(graph), { name: "model.onnx" });
  expect(gap(outputOf(read, negative), outputOf(graph, negative))).toBeLessThan(1e-5);
});

test("slices, groups, and pools over negative values as TensorFlow.js compute the same", async () => {
  const graph = await pieces();
  const read = await asTfjs(graph);
  expect(gap(outputOfTfjs(read, negative), outputOf(graph, negative))).toBeLessThan(1e-5);
});

/** By the schema of TensorFlow Lite. */
const [ADD, AVERAGE_POOL, CONCAT, CONV, DEPTHWISE, LINEAR, LOGISTIC] = [0, 1, 2, 3, 4, 9, 14];
const [MAX_POOL, MUL, RESHAPE, PAD, TRANSPOSE, MEAN, SPLIT] = [17, 18, 22, 34, 39, 40, 49];
const [PADV2, SLICE] = [60, 65];

function defineTfliteTest(id: string, codes: readonly number[]): void {
  test(
    `${id} as .tflite has the operators it needs and no others`,
    { tags: ["slow"] },
    async () => {
      const graph = await small(id, 64);
      const file = readTflite(writeTflite(toChannelsLast(foldBatchNorms(graph))));
      const found = new Set(file.operators.map(({ code }) => code));
      expect([...found].sort((a, b) => a - b)).toEqual([...codes].sort((a, b) => a - b));
      expectRunnable(file);
    },
  );
}

const POOLED = [CONV, PAD, PADV2, MAX_POOL, MEAN, LINEAR];
defineTfliteTest("shufflenet_v2_x1_0", [...POOLED, DEPTHWISE, CONCAT, RESHAPE, TRANSPOSE, SPLIT]);
defineTfliteTest("efficientnet_b0", [
  ...[CONV, DEPTHWISE, PAD, LOGISTIC, MUL, ADD, MEAN, RESHAPE, LINEAR],
]);
defineTfliteTest("densenet121", [...POOLED, MUL, ADD, CONCAT, AVERAGE_POOL, RESHAPE]);
defineTfliteTest("resnext50_32x4d", [...POOLED, ADD, RESHAPE]);

/** Each operator reads what is given or was computed before it. */
function expectRunnable({ tensors, operators, inputs, outputs }: TfliteFile): void {
  const known = new Set(inputs);
  tensors.forEach(({ bytes }, index) => bytes > 0 && known.add(index));
  for (const operator of operators) {
    expect(operator.inputs.filter((index) => !known.has(index))).toEqual([]);
    for (const index of operator.outputs) known.add(index);
  }
  expect(outputs.every((index) => known.has(index))).toBe(true);
}

test("as .tflite, a convolution in groups is one operator, and unequal parts are slices", async () => {
  const { operators, tensors } = readTflite(writeTflite(toChannelsLast(await pieces())));
  expect(operators.map(({ code }) => code)).toEqual([
    ...[PADV2, MAX_POOL, SLICE, SLICE, CONCAT, CONV],
    ...[LOGISTIC, MUL, MEAN, RESHAPE],
  ]);
  const conv = operators.find(({ code }) => code === CONV)!;
  expect(tensors[conv.inputs[1]].shape).toEqual([6, 3, 3, 2]);
});

test("a .tflite file has its constants once, and what is computed has none", async () => {
  const layers = toChannelsLast(foldBatchNorms(await small("mobilenet_v2")));
  const { identifier, version, tensors } = readTflite(writeTflite(layers));
  expect([identifier, version]).toEqual(["TFL3", 3]);
  const weighted = layers.layers.filter(({ op }) => ["conv", "depthwise", "linear"].includes(op));
  const pads = layers.layers.filter(
    (layer) => "window" in layer && layer.window.scheme === "EXPLICIT",
  );
  // Weight and bias of each, padding amounts, the axes of the mean, and a shape.
  expect(tensors.filter(({ bytes }) => bytes > 0)).toHaveLength(
    2 * weighted.length + pads.length + 2,
  );
});

test("a network that a format cannot hold names the node", async () => {
  const graph = await small("mobilenet_v2");
  const [first] = graph.nodes;
  const changed = { ...graph, nodes: [{ ...first, op: "topK" } as never] };
  expect(() => toChannelsLast(changed)).toThrow(`topK "${first.name}" is not written`);
});
