/**
 * Folds batch norm, and per-channel scales and biases, into the convolution or linear layer before
 * them, in float64 (Ioffe and Szegedy, Batch normalization, arXiv 1502.03167, section 3.1). A batch
 * norm that remains becomes a scale and a bias.
 */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

/** y = scale[c] * x + shift[c] */
interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

type Weighted = Extract<Node, { op: "conv2d" | "convTranspose2d" | "linear" }>;

export const foldBatchNorm: Pass = {
  name: "fold batch norm",
  run(graph) {
    const consumers = consumersOf(graph);
    const outputs = outputValues(graph);
    for (const node of [...graph.nodes]) {
      const affine = affineOf(node);
      if (!affine) continue;
      const { x, y } = affine;
      const producer = x.producer;
      const alone = consumers.get(x)?.length === 1 && !outputs.has(x);
      if (alone && isWeighted(producer) && producer.inputs[1]?.constant && hasKnownBias(producer)) {
        foldInto(producer, affine.function(producer.outputs[0].shape[1]));
        producer.outputs = [y];
        y.producer = producer;
        graph.nodes = graph.nodes.filter((other) => other !== node);
      }
    }
    removeDeadNodes(graph);
  },
};

export const replaceBatchNorm: Pass = {
  name: "replace batch norm",
  run(graph) {
    for (const node of [...graph.nodes]) {
      const affine = isOp(node, "batchNorm") ? affineOf(node) : null;
      if (isOp(node, "batchNorm") && affine) {
        replaceByScaleAndBias(graph, node, affine.function(affine.x.shape[1]));
      }
    }
  },
};

function isWeighted(node: Node | null): node is Weighted {
  return isOp(node, "conv2d") || isOp(node, "convTranspose2d") || isOp(node, "linear");
}

function hasKnownBias(node: Weighted): boolean {
  return !node.inputs[2] || node.inputs[2].constant !== null;
}

interface AffineNode {
  readonly x: Value;
  readonly y: Value;
  function(channels: number): Affine;
}

/** The node as an affine function of each channel, if it is one. */
function affineOf(node: Node): AffineNode | null {
  if (isOp(node, "batchNorm")) {
    const [x, ...statistics] = node.inputs;
    if (!x || !statistics.every((value) => value?.constant)) return null;
    return { x, y: node.outputs[0], function: () => batchNormAffine(node) };
  }
  if (!isOp(node, "binary")) return null;
  const [a, b] = node.inputs;
  if (!a || !b) return null;
  const [x, constant] = b.constant ? [a, b] : [b, a];
  if (!constant.constant || x.constant || !isPerChannel(constant, x)) return null;
  const { kind } = node.attributes;
  const data = constant.constant.data;
  const fill = (channels: number, number: (c: number) => number): Float64Array =>
    Float64Array.from({ length: channels }, (_, c) => number(c));
  const at = (c: number): number => data[data.length === 1 ? 0 : c];
  const make = (scale: (c: number) => number, shift: (c: number) => number): AffineNode => ({
    x,
    y: node.outputs[0],
    function: (channels) => ({ scale: fill(channels, scale), shift: fill(channels, shift) }),
  });
  const one = (): number => 1;
  const none = (): number => 0;
  if (kind === "mul") return make(at, none);
  if (kind === "add") return make(one, at);
  if (kind === "sub" && x === a) return make(one, (c) => -at(c));
  if (kind === "div" && x === a && data.every((number) => number !== 0)) {
    return make((c) => 1 / at(c), none);
  }
  return null;
}

/** Whether a constant has one number for each channel of x, or one for all. */
function isPerChannel(constant: Value, x: Value): boolean {
  const size = sizeOf(constant.shape);
  if (constant.shape.length > x.shape.length) return false;
  if (size === 1) return true;
  const channelAxis = constant.shape.length - x.shape.length + 1;
  return channelAxis >= 0 && constant.shape[channelAxis] === size && size === x.shape[1];
}

function batchNormAffine(node: Extract<Node, { op: "batchNorm" }>): Affine {
  const [gamma, beta, mean, variance] = node.inputs.slice(1).map((value) => value!.constant!.data);
  const { epsilon } = node.attributes;
  const scale = new Float64Array(gamma.length);
  const shift = new Float64Array(gamma.length);
  for (let c = 0; c < scale.length; c++) {
    scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
    shift[c] = beta[c] - mean[c] * scale[c];
  }
  return { scale, shift };
}

function foldInto(node: Weighted, { scale, shift }: Affine): void {
  const weight = node.inputs[1]!.constant!;
  const bias = node.inputs[2]?.constant?.data;
  const [rows, columns] = weight.shape;
  const row = weight.data.length / rows;
  // Rows are outputs; those of a transposed convolution are inputs, with the outputs of their group.
  const isTransposed = isOp(node, "convTranspose2d");
  const perGroup = isTransposed ? rows / node.attributes.groups : 1;
  const taps = row / columns;
  const folded = new Float32Array(weight.data.length);
  const { data } = weight;
  for (let r = 0, i = 0; r < rows; r++) {
    const first = isTransposed ? Math.floor(r / perGroup) * columns : r;
    // Channel by channel where the output's are the columns, else the whole row at once.
    const run = isTransposed ? taps : row;
    for (let channel = first, end = i + row; i < end; channel++) {
      const factor = scale[channel];
      for (const stop = i + run; i < stop; i++) folded[i] = data[i] * factor;
    }
  }
  const foldedBias = Float32Array.from(shift, (s, o) => (bias ? bias[o] : 0) * scale[o] + s);
  const { name } = node.inputs[1]!;
  node.inputs = [
    node.inputs[0],
    constantValue({ shape: weight.shape, dtype: "float32", data: folded }, name),
    constantValue(
      { shape: [foldedBias.length], dtype: "float32", data: foldedBias },
      `${name}.bias`,
    ),
  ];
}

/** A batch norm that no convolution can take: x * scale + shift. */
function replaceByScaleAndBias(
  graph: Graph,
  node: Extract<Node, { op: "batchNorm" }>,
  { scale, shift }: Affine,
): void {
  const [x] = node.inputs;
  const [y] = node.outputs;
  const shape = [scale.length, ...y.shape.slice(2).map(() => 1)];
  const constant = (data: Float64Array, suffix: string): Value =>
    constantValue(
      { shape, dtype: "float32", data: Float32Array.from(data) },
      `${node.name}.${suffix}`,
    );
  const scaled: Value = { ...y, id: y.id + 0.5, name: `${y.name}.scaled`, producer: null };
  const mul = makeNode("binary", node.name, [x, constant(scale, "scale")], [scaled], {
    kind: "mul",
  });
  const add = makeNode("binary", node.name, [scaled, constant(shift, "shift")], [y], {
    kind: "add",
  });
  const index = graph.nodes.indexOf(node);
  graph.nodes.splice(index, 1, mul as Node, add as Node);
}
