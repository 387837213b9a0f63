/** Drops what does nothing: identities, casts, reshapes to the same shape, transposes of axes of size 1, expansions. */
import type { Node } from "../../graph/graph.ts";
import { isOp, makeNode, removeDeadNodes, replaceValue } from "../../graph/rewrite.ts";
import { broadcastShapes, sameShape } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

export const simplify: Pass = {
  name: "simplify",
  run(graph) {
    graph.nodes = graph.nodes.map((node) => asReshape(node) ?? node);
    for (const node of graph.nodes) {
      const [x] = node.inputs;
      if (!x) continue;
      // A reshape of a reshape is one reshape.
      if (isOp(node, "reshape") && isOp(x.producer, "reshape"))
        node.inputs = [x.producer.inputs[0]];
      if (isOp(node, "binary")) dropExpansions(node);
      if (isNoOperation(node)) replaceValue(graph, node.outputs[0], node.inputs[0]!);
    }
    removeDeadNodes(graph);
  },
};

/** A transpose that keeps the order of the axes greater than 1 moves no element. */
function asReshape(node: Node): Node | null {
  if (!isOp(node, "transpose")) return null;
  const { shape } = node.inputs[0]!;
  const moved = node.attributes.perm.filter((axis) => shape[axis] !== 1);
  if (moved.some((axis, i) => i > 0 && axis < moved[i - 1])) return null;
  const { name, inputs, outputs } = node;
  return makeNode("reshape", name, inputs, outputs, { shape: outputs[0].shape });
}

/** What is expanded for a function of two values is broadcast by it as well. */
function dropExpansions(node: Extract<Node, { op: "binary" }>): void {
  for (const i of [0, 1]) {
    const { producer } = node.inputs[i]!;
    if (!isOp(producer, "expand")) continue;
    const x = producer.inputs[0]!;
    const other = node.inputs[1 - i]!;
    const isEnough = sameShape(broadcastShapes(x.shape, other.shape), node.outputs[0].shape);
    if (isEnough) node.inputs = i === 0 ? [x, other] : [other, x];
  }
}

function isNoOperation(node: Node): boolean {
  const x = node.inputs[0]!;
  const [y] = node.outputs;
  switch (node.op) {
    case "unary":
      return node.attributes.kind === "identity";
    case "cast":
      // Integers and booleans are kept as f32; only rounding toward zero has to be computed.
      return (
        node.attributes.to === "float32" || x.dtype === node.attributes.to || x.dtype === "bool"
      );
    case "reshape":
    case "expand":
      return sameShape(x.shape, y.shape);
    case "slice":
      // With a negative step it turns the axis round.
      return sameShape(x.shape, y.shape) && node.attributes.steps.every((step) => step > 0);
    case "concat":
      return node.inputs.length === 1;
    default:
      return false;
  }
}
