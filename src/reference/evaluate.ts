/** Runs a node or a graph on the CPU in float64: what `verify` and the tests compare with. */
import type { OperatorName } from "../graph/attributes.ts";
import { GraphError, ShapeError, WeightsError } from "../graph/errors.ts";
import type { Graph, Node, Value } from "../graph/graph.ts";
import { OPERATORS } from "../graph/operators.ts";
import type { Operator } from "../graph/operators/operator.ts";
import { firstRows, formatShape, sameShape } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";
import { prelu } from "./binary.ts";
import { convTranspose2d } from "./conv-transpose.ts";
import { conv2d } from "./convolution.ts";
import { decodeYolo, nonMaxSuppression } from "./detection.ts";
import { FOLDABLE } from "./fold.ts";
import { unary } from "./functions.ts";
import { gridSample } from "./grid-sample.ts";
import { linear, matmul } from "./linear.ts";
import { batchNorm, groupNorm, layerNorm, localResponseNorm, softmax } from "./normalization.ts";
import { toTensor } from "./operand.ts";
import type { Evaluate, Operand } from "./operand.ts";
import {
  adaptivePool2d,
  averagePool2d,
  channelMaxPool,
  globalAveragePool,
  maxPool2d,
  maxPool2dWithIndices,
  maxUnpool2d,
} from "./pooling.ts";
import { resize } from "./resize.ts";
import { deformSample2d, shift } from "./sampling.ts";
import { topK } from "./top-k.ts";

const EVALUATORS: { readonly [K in OperatorName]: Evaluate<K> } = {
  ...FOLDABLE,
  unary,
  conv2d,
  convTranspose2d,
  deformSample2d,
  shift,
  gridSample,
  linear,
  matmul,
  batchNorm,
  maxPool2d,
  maxPool2dWithIndices,
  maxUnpool2d,
  averagePool2d,
  adaptivePool2d,
  channelMaxPool,
  globalAveragePool,
  softmax,
  localResponseNorm,
  layerNorm,
  groupNorm,
  resize,
  prelu,
  topK,
  nonMaxSuppression,
  decodeYolo,
};

/** Called after each node with its outputs, rounded to their element types. */
export type OnNode = (node: Node, outputs: Tensor[]) => void;

function evaluate(node: Node, operands: readonly (Operand | null)[]): Operand[] {
  const where = `${node.op} "${node.name}"`;
  const attributes = node.attributes as never;
  const inputs = operands as readonly Operand[];
  const outputs = (OPERATORS[node.op] as Operator<never>).infer({ where, inputs, attributes });
  const data = (EVALUATORS[node.op] as Evaluate<never>)({ where, inputs, attributes, outputs });
  return outputs.map((type, i) => ({ ...type, data: data[i] }));
}

/**
 * The outputs of one node for inputs in its order (null where an optional one is absent). Computed
 * in float64 and rounded once.
 * @throws ShapeError when inputs and attributes do not fit the operator
 */
export function evaluateNode(node: Node, inputs: readonly (Tensor | null)[]): Tensor[] {
  return evaluate(node, inputs).map(toTensor);
}

function checkInput(graph: Graph, value: Value, given: Tensor | undefined): Tensor {
  const where = `graph "${graph.name}": input "${value.name}"`;
  if (!given) throw new GraphError(`${where} is missing`);
  if (!sameShape(given.shape, value.shape)) {
    throw new ShapeError(
      `${where} has shape ${formatShape(given.shape)}, expected ${formatShape(value.shape)}`,
    );
  }
  return given;
}

/** What a run knows of its values, and for how many readers they must still be kept. */
class Environment {
  private readonly known = new Map<Value, Operand>();
  private readonly readers = new Map<Value, number>();

  constructor(graph: Graph) {
    const outputs = graph.outputs.flatMap(({ value, length }) => [value, length]);
    for (const value of [...graph.nodes.flatMap((node) => node.inputs), ...outputs]) {
      if (value) this.readers.set(value, (this.readers.get(value) ?? 0) + 1);
    }
  }

  set(value: Value, operand: Operand): void {
    if (this.readers.has(value)) this.known.set(value, operand);
  }

  /** Forgets the value at its last reader. */
  read(value: Value, reader: string): Operand {
    const operand = this.known.get(value) ?? value.constant;
    if (!operand && value.parameter) {
      throw new WeightsError(`${reader}: parameter "${value.parameter}" has no weights`);
    }
    if (!operand) throw new GraphError(`${reader}: value "${value.name}" is not computed before`);
    const left = (this.readers.get(value) ?? 0) - 1;
    this.readers.set(value, left);
    if (left === 0) this.known.delete(value);
    return operand;
  }
}

function run(
  graph: Graph,
  inputs: Record<string, Tensor>,
  onNode: OnNode | undefined,
  round: (operand: Operand) => Operand,
): Record<string, Tensor> {
  const environment = new Environment(graph);
  for (const value of graph.inputs) {
    environment.set(value, checkInput(graph, value, inputs[value.name]));
  }
  for (const node of graph.nodes) {
    const reader = `${node.op} "${node.name}"`;
    const operands = node.inputs.map((value) => value && environment.read(value, reader));
    const outputs = evaluate(node, operands).map(round);
    onNode?.(node, outputs.map(toTensor));
    node.outputs.forEach((value, i) => environment.set(value, outputs[i]));
  }
  return Object.fromEntries(
    graph.outputs.map(({ name, value, length }) => {
      const read = (what: Value) => toTensor(environment.read(what, `output "${name}"`));
      const whole = read(value);
      return [name, length ? firstRows(whole, read(length).data[0]) : whole];
    }),
  );
}

/**
 * The outputs of a graph by name. Each node computes in float64 and rounds to float32 once, at its
 * end. Values are freed after their last reader.
 * @throws GraphError when an input is missing
 * @throws ShapeError when an input has another shape than the graph's
 * @throws WeightsError when a parameter has not been bound
 */
export function evaluateGraph(
  graph: Graph,
  inputs: Record<string, Tensor>,
  onNode?: OnNode,
): Record<string, Tensor> {
  return run(graph, inputs, onNode, toTensor);
}

/** As `evaluateGraph`, but float32 values keep float64 from node to node; only outputs are rounded. */
export function evaluateGraphInFloat64(
  graph: Graph,
  inputs: Record<string, Tensor>,
  onNode?: OnNode,
): Record<string, Tensor> {
  return run(graph, inputs, onNode, (operand) =>
    operand.dtype === "float32" ? operand : toTensor(operand),
  );
}
