/**
 * Folds batch norm, and per-channel scales and biases, into the convolution or linear layer before
 * them, in float64 (Ioffe and Szegedy, Batch normalization, arXiv 1502.03167, section 3.1). A batch
 * norm that remains becomes a scale and a bias.
 */
import type { Node, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { lazyTensor, sizeOf } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
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
    const folded = new Set<Node>();
    for (const node of graph.nodes) {
      const affine = affineOf(node);
      if (!affine) continue;
      const { x, y } = affine;
      const producer = x.producer;
      const alone = consumers.get(x)?.length === 1 && !outputs.has(x);
      if (alone && isWeighted(producer) && producer.inputs[1]?.constant && hasKnownBias(producer)) {
        foldInto(producer, affine.make);
        producer.outputs = [y];
        y.producer = producer;
        folded.add(node);
      }
    }
    graph.nodes = graph.nodes.filter((node) => !folded.has(node));
    removeDeadNodes(graph);
  },
};

export const replaceBatchNorm: Pass = {
  name: "replace batch norm",
  run(graph) {
    graph.nodes = graph.nodes.flatMap((node) => {
      const affine = isOp(node, "batchNorm") ? affineOf(node) : null;
      return affine ? scaleAndBias(node, affine.make) : [node];
    });
  },
};

function isWeighted(node: Node | null): node is Weighted {
  return isOp(node, "conv2d") || isOp(node, "convTranspose2d") || isOp(node, "linear");
}

function hasKnownBias(node: Weighted): boolean {
  return !node.inputs[2] || node.inputs[2].constant !== null;
}

/** Computes the function for so many channels: what is folded is computed when it is read. */
type MakeAffine = (channels: number) => Affine;

interface AffineNode {
  readonly x: Value;
  readonly y: Value;
  readonly make: MakeAffine;
}

/** The node as an affine function of each channel, if it is one. */
function affineOf(node: Node): AffineNode | null {
  if (isOp(node, "batchNorm")) {
    const [x, ...statistics] = node.inputs;
    if (!x || !statistics.every((value) => value?.constant)) return null;
    const tensors = statistics.map((value) => value!.constant!);
    return { x, y: node.outputs[0], make: batchNormAffine(tensors, node.attributes.epsilon) };
  }
  if (!isOp(node, "binary")) return null;
  const [a, b] = node.inputs;
  if (!a || !b) return null;
  const [x, constant] = b.constant ? [a, b] : [b, a];
  if (!constant.constant || x.constant || !isPerChannel(constant, x)) return null;
  const { kind } = node.attributes;
  const tensor = constant.constant;
  const terms = termsOf(kind, x === a, tensor);
  return terms && { x, y: node.outputs[0], make: constantAffine(tensor, terms) };
}

/** Scale and shift by the number of a constant. */
type Terms = readonly [scale: (number: number) => number, shift: (number: number) => number];

const itself = (number: number): number => number;
const one = (): number => 1;
const none = (): number => 0;

/** `isFirst`: x stands before the constant. */
function termsOf(kind: string, isFirst: boolean, constant: Tensor): Terms | null {
  if (kind === "mul") return [itself, none];
  if (kind === "add") return [one, itself];
  if (kind === "sub" && isFirst) return [one, (number) => -number];
  const divides = kind === "div" && isFirst && constant.data.every((number) => number !== 0);
  return divides ? [(number) => 1 / number, none] : null;
}

function constantAffine(constant: Tensor, [scale, shift]: Terms): MakeAffine {
  return (channels) => {
    const { data } = constant;
    const fill = (term: (number: number) => number): Float64Array =>
      Float64Array.from({ length: channels }, (_, c) => term(data[data.length === 1 ? 0 : c]));
    return { scale: fill(scale), shift: fill(shift) };
  };
}

/** Whether a constant has one number for each channel of x, or one for all. */
function isPerChannel(constant: Value, x: Value): boolean {
  const size = sizeOf(constant.shape);
  if (constant.shape.length > x.shape.length) return false;
  if (size === 1) return true;
  const channelAxis = constant.shape.length - x.shape.length + 1;
  return channelAxis >= 0 && constant.shape[channelAxis] === size && size === x.shape[1];
}

function batchNormAffine(statistics: readonly Tensor[], epsilon: number): MakeAffine {
  return () => {
    const [gamma, beta, mean, variance] = statistics.map(({ data }) => data);
    const scale = new Float64Array(gamma.length);
    const shift = new Float64Array(gamma.length);
    for (let c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
      shift[c] = beta[c] - mean[c] * scale[c];
    }
    return { scale, shift };
  };
}

function foldInto(node: Weighted, make: MakeAffine): void {
  const [x, { name, constant }, bias] = node.inputs as [Value, Value, Value?];
  const [, channels] = node.outputs[0].shape;
  // Rows are outputs; those of a transposed convolution are inputs, with the outputs of their group.
  const groups = isOp(node, "convTranspose2d") ? node.attributes.groups : null;
  const weight = lazyTensor(constant!.shape, () => scaleWeight(constant!, make(channels), groups));
  const shifted = shiftBias(bias?.constant ?? null, make, channels);
  node.inputs = [x, constantValue(weight, name), constantValue(shifted, `${name}.bias`)];
}

/** Rows of outputs times their scale; `groups` where the rows are inputs. */
function scaleWeight(
  { shape, data }: Tensor,
  { scale }: Affine,
  groups: number | null,
): Float32Array {
  const [rows, columns] = shape;
  const isTransposed = groups !== null;
  const row = data.length / rows;
  const perGroup = isTransposed ? rows / groups : 1;
  const taps = row / columns;
  const folded = new Float32Array(data.length);
  for (let r = 0, i = 0; r < rows; r++) {
    const first = isTransposed ? Math.floor(r / perGroup) * columns : r;
    // Channel by channel where the output's are the columns, else the whole row at once.
    const run = isTransposed ? taps : row;
    for (let channel = first, end = i + row; i < end; channel++) {
      const factor = scale[channel];
      for (const stop = i + run; i < stop; i++) folded[i] = data[i] * factor;
    }
  }
  return folded;
}

function shiftBias(bias: Tensor | null, make: MakeAffine, channels: number): Tensor {
  return lazyTensor([channels], () => {
    const { scale, shift } = make(channels);
    const data = bias?.data;
    return Float32Array.from(shift, (s, o) => (data ? data[o] : 0) * scale[o] + s);
  });
}

/** A batch norm that no convolution can take: x * scale + shift. */
function scaleAndBias(node: Node, make: MakeAffine): Node[] {
  const [x] = node.inputs;
  const [y] = node.outputs;
  const [, channels, ...area] = y.shape;
  const shape = [channels, ...area.map(() => 1)];
  const constant = (kind: keyof Affine): Value =>
    constantValue(
      lazyTensor(shape, () => Float32Array.from(make(channels)[kind])),
      `${node.name}.${kind}`,
    );
  const scaled: Value = { ...y, id: y.id + 0.5, name: `${y.name}.scaled`, producer: null };
  const mul = makeNode("binary", node.name, [x, constant("scale")], [scaled], {
    kind: "mul",
  });
  const add = makeNode("binary", node.name, [scaled, constant("shift")], [y], {
    kind: "add",
  });
  return [mul, add];
}
