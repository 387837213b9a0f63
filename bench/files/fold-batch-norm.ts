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

/** conv(x) * scale + shift */
function fold(node: Convolution, norm: BatchNorm): { weight: Tensor; bias: Tensor } {
  const weight = constantOf(node.inputs[1]!);
  const before = node.inputs[2] && constantOf(node.inputs[2]).data;
  const [gamma, beta, mean, variance] = norm.inputs
    .slice(1)
    .map((value) => constantOf(value!).data as Float32Array);
  const { epsilon } = norm.attributes;
  const { scales, shifts } = scaleAndShift({ gamma, beta, mean, variance, epsilon });
  const outs = weight.shape[0];
  const perOut = weight.data.length / outs;
  const scaled = Float32Array.from(weight.data, (w, i) => w * scales[Math.floor(i / perOut)]);
  const biases = Float32Array.from(shifts, (shift, o) => (before?.[o] ?? 0) * scales[o] + shift);
  return { weight: tensor(weight.shape, scaled), bias: tensor([outs], biases) };
}

interface Statistics {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly epsilon: number;
}

/** (x - mean) / sqrt(variance + epsilon) * gamma + beta as x * scale + shift, by channel. */
export function scaleAndShift({ gamma, beta, mean, variance, epsilon }: Statistics): {
  scales: Float64Array;
  shifts: Float64Array;
} {
  const scales = Float64Array.from(gamma, (g, o) => g / Math.sqrt(variance[o] + epsilon));
  return { scales, shifts: scales.map((scale, o) => beta[o] - mean[o] * scale) };
}

/** @throws Error when the value is computed, or its weight is not bound */
export function constantOf(value: Value): Tensor {
  if (!value.constant) throw new Error(`"${value.name}" has no value before a run`);
  return value.constant;
}
