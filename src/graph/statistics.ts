/** Parameters and multiply-accumulates of a graph (blocks.md 0). */
import type { Graph, Node, Value } from "./graph.ts";
import { OPERATORS } from "./operators.ts";
import type { Operator } from "./operators/operator.ts";
import type { OperatorName } from "./attributes.ts";
import { isOp } from "./rewrite.ts";
import { sizeOf } from "./tensor.ts";

/** Multiply-accumulates of one node; nothing but convolutions and products counts. */
export function macsOf(node: Node): number {
  const operator = OPERATORS[node.op] as Operator<OperatorName>;
  const where = `${node.op} "${node.name}"`;
  return (
    operator.macs?.({ where, inputs: node.inputs, attributes: node.attributes }, node.outputs) ?? 0
  );
}

/** Multiply-accumulates of one run. */
export function countMacs(graph: Graph): number {
  return graph.nodes.reduce((sum, node) => sum + macsOf(node), 0);
}

/** Inputs of these operators that are learnable numbers, by position. */
const LEARNABLE: Partial<Record<OperatorName, readonly number[]>> = {
  conv2d: [1, 2],
  convTranspose2d: [1, 2],
  linear: [1, 2],
  matmul: [0, 1],
  batchNorm: [1, 2],
  prelu: [1],
};

/** The constants and parameters that count as learnable: no running statistics, no scalars of formulas. */
export function learnableValues(graph: Graph): Set<Value> {
  const values = new Set<Value>();
  for (const node of graph.nodes) {
    for (const index of LEARNABLE[node.op] ?? []) {
      let input = node.inputs[index];
      // A deformable convolution's weight is reshaped on its way.
      while (isOp(input?.producer, "reshape")) input = input.producer.inputs[0];
      if (input && (input.constant || input.parameter)) values.add(input);
    }
  }
  return values;
}

/** Learnable numbers of the graph. */
export function countParameters(graph: Graph): number {
  return [...learnableValues(graph)].reduce((sum, value) => sum + sizeOf(value.shape), 0);
}
