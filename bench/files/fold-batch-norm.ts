/** Folds batch norms into the convolutions before them, as the converters of the peers do. */
import {
  type Graph,
  GraphBuilder,
  type Node,
  type Tensor,
  tensor,
  type Value,
} from "../../src/index.ts";

type Convolution = Extract<Node, { op: "conv2d" }>;
type BatchNorm = Extract<Node, { op: "batchNorm" }>;

/**
 * The same function without batch norms; a batch norm that follows no convolution stays.
 * @param graph with its weights bound
 */
export function foldBatchNorms(graph: Graph): Graph {
  const builder = new GraphBuilder(graph.name);
  const copies = new Map<Value, Value>();
  for (const input of graph.inputs) {
    copies.set(input, builder.input(input.name, input.shape, input.dtype));
  }
  const copyOf = (value: Value): Value => {
    const known = copies.get(value);
    if (known) return known;
    const copy = builder.constant(constantOf(value), value.name);
    copies.set(value, copy);
    return copy;
  };
  for (const node of graph.nodes) {
    const norm = node.op === "conv2d" ? normAfter(node, graph) : undefined;
    if (node.op === "batchNorm" && copies.has(node.outputs[0])) continue;
    if (node.op === "conv2d" && norm) {
      const { weight, bias } = fold(node, norm);
      const x = copyOf(node.inputs[0]!);
      const [w, b] = [builder.constant(weight), builder.constant(bias)];
      copies.set(norm.outputs[0], builder.conv2d(x, w, b, node.attributes, node.name));
      continue;
    }
    const inputs = node.inputs.map((value) => value && copyOf(value));
    const outputs = builder.apply(node.op, inputs, node.attributes, node.name);
    node.outputs.forEach((output, i) => copies.set(output, outputs[i]));
  }
  for (const { name, value } of graph.outputs) builder.output(name, copyOf(value));
  return builder.graph;
}

function normAfter(node: Convolution, graph: Graph): BatchNorm | undefined {
  const [y] = node.outputs;
  const readers = graph.nodes.filter(({ inputs }) => inputs.includes(y));
  const [reader] = readers;
  const isOutput = graph.outputs.some(({ value }) => value === y);
  return readers.length === 1 && !isOutput && reader.op === "batchNorm" ? reader : undefined;
}

/** conv(x) * scale + shift, with scale = gamma / sqrt(variance + epsilon). */
function fold(node: Convolution, norm: BatchNorm): { weight: Tensor; bias: Tensor } {
  const weight = constantOf(node.inputs[1]!);
  const before = node.inputs[2] && constantOf(node.inputs[2]).data;
  const [gamma, beta, mean, variance] = norm.inputs
    .slice(1)
    .map((value) => constantOf(value!).data);
  const outs = weight.shape[0];
  const perOut = weight.data.length / outs;
  const scales = Float64Array.from(gamma, (g, o) => {
    return g / Math.sqrt(variance[o] + norm.attributes.epsilon);
  });
  const scaled = Float32Array.from(weight.data, (w, i) => w * scales[Math.floor(i / perOut)]);
  const shifts = Float32Array.from(scales, (scale, o) => {
    return ((before?.[o] ?? 0) - mean[o]) * scale + beta[o];
  });
  return { weight: tensor(weight.shape, scaled), bias: tensor([outs], shifts) };
}

/** @throws Error when the value is computed, or its weight is not bound */
export function constantOf(value: Value): Tensor {
  if (!value.constant) throw new Error(`"${value.name}" has no value before a run`);
  return value.constant;
}
