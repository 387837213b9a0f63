/** The files that the benchmark gives to its peers hold the network that lightfuse runs. */
import { describe, expect, test } from "vitest";
import { toChannelsLast } from "../../bench/files/channels-last.ts";
import { foldBatchNorms } from "../../bench/files/fold-batch-norm.ts";
import { channelsLast } from "../../bench/files/layout.ts";
import { writeOnnx } from "../../bench/files/onnx.ts";
import { writeTfjs } from "../../bench/files/tfjs.ts";
import { writeTflite } from "../../bench/files/tflite.ts";
import { network, readGraph, syntheticInput, tensor, withWeights } from "../../src/index.ts";
import type { Graph, Tensor } from "../../src/index.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";

/** Small, with strides on odd sizes: 33 -> 17 -> 9 -> 5 -> 3 -> 2. */
const small = (id: string) => withWeights(network(id, { inputSize: 33, classes: 5 }), "synthetic");

function outputOf(graph: Graph, x: Tensor): number[] {
  const outputs = evaluateGraph(graph, { [graph.inputs[0].name]: x });
  return [...Object.values(outputs)[0].data];
}

function gap(a: readonly number[], b: readonly number[]): number {
  const most = Math.max(...b.map(Math.abs));
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]))) / most;
}

function defineFileTests(id: string, ...tags: string[]): void {
  describe(`the files of ${id}`, { tags }, () => {
    const x = syntheticInput([1, 3, 33, 33]);

    test("as ONNX compute the same", async () => {
      const graph = await small(id);
      const bytes = writeOnnx(foldBatchNorms(graph));
      const read = await readGraph(bytes, { name: "model.onnx" });
      expect(read.nodes.some(({ op }) => op === "batchNorm")).toBe(false);
      expect(gap(outputOf(read, x), outputOf(graph, x))).toBeLessThan(1e-5);
    });

    test("as TensorFlow.js compute the same", async () => {
      const graph = await small(id);
      const { json, weights } = writeTfjs(toChannelsLast(foldBatchNorms(graph)));
      const read = await readGraph({ json: JSON.parse(json) as unknown, weights });
      const turned = tensor([1, 33, 33, 3], channelsLast(x.data as Float32Array, x.shape));
      const given = read.inputs[0].shape[3] === 3 ? turned : x;
      expect(gap(outputOf(read, given), outputOf(graph, x))).toBeLessThan(1e-5);
    });
  });
}

defineFileTests("squeezenet1_1");
defineFileTests("mobilenet_v2", "slow");
defineFileTests("mobilenet_v3_small", "slow");

test("a .tflite file is a FlatBuffer whose root has version, subgraph and buffers", async () => {
  const layers = toChannelsLast(foldBatchNorms(await small("mobilenet_v2")));
  const bytes = writeTflite(layers);
  const view = new DataView(bytes.buffer);
  expect(new TextDecoder().decode(bytes.subarray(4, 8))).toBe("TFL3");
  const root = view.getUint32(0, true);
  const vtable = root - view.getInt32(root, true);
  const field = (id: number) => root + view.getUint16(vtable + 4 + 2 * id, true);
  const lengthOf = (at: number) => view.getUint32(at + view.getUint32(at, true), true);
  expect(view.getUint32(field(0), true)).toBe(3);
  expect(lengthOf(field(2))).toBe(1);
  const constants = layers.layers.filter(({ op }) => ["conv", "depthwise", "linear"].includes(op));
  // Weight and bias of each, padding amounts, the axes of the mean, a shape, and the empty buffer.
  const pads = layers.layers.filter(
    (layer) => "window" in layer && layer.window.scheme === "EXPLICIT",
  );
  expect(lengthOf(field(4))).toBe(2 * constants.length + pads.length + 3);
});

test("a network that a format cannot hold names the node", async () => {
  const graph = await small("mobilenet_v2");
  const [first] = graph.nodes;
  const changed = { ...graph, nodes: [{ ...first, op: "topK" } as never] };
  expect(() => toChannelsLast(changed)).toThrow(`topK "${first.name}" is not written`);
});
