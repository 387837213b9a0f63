/** Vectors of one number a channel, [N, C] with axes of size 1 anywhere but before N. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";

/** C, where a shape is that of one vector an image; else null. */
export function vectorSize(shape: Shape): number | null {
  const rest = shape.slice(1);
  return shape.length > 1 && rest.filter((size) => size !== 1).length <= 1 ? sizeOf(rest) : null;
}

/** A node that gives the vectors of its input other axes of size 1. */
export function isRelabelling(node: Node | null): node is Node {
  if (!isOp(node, "reshape") && !isOp(node, "transpose")) return false;
  const [x] = node.inputs as Value[];
  const [y] = node.outputs;
  const size = vectorSize(x.shape);
  return size !== null && size === vectorSize(y.shape) && x.shape[0] === y.shape[0];
}

/** The node that computes a vector, and the relabellings after it, in order. */
export function throughRelabellings(value: Value): {
  readonly producer: Node | null;
  readonly nodes: readonly Node[];
} {
  const nodes: Node[] = [];
  let { producer } = value;
  while (isRelabelling(producer)) {
    nodes.unshift(producer);
    producer = producer.inputs[0]!.producer;
  }
  return { producer, nodes };
}
