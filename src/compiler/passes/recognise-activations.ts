/**
 * Finds activations that a file spells out: x * relu6(x + 3) / 6 as Keras, TensorFlow.js and older
 * ONNX exports write hard-swish, relu6(x + 3) / 6, and x * sigmoid(x).
 */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { isOp, makeNode, removeDeadNodes } from "../../graph/rewrite.ts";
import type { Pass } from "./pass.ts";

/** f applied to x, with the nodes between that nothing else reads. */
interface Match {
  readonly x: Value;
  readonly attributes: UnaryAttributes;
}

export const recogniseActivations: Pass = {
  name: "recognise activations",
  run(graph) {
    for (const node of graph.nodes) {
      if (!isOp(node, "binary")) continue;
      const match = overSix(node) ?? gated(node);
      if (match) replace(graph, node, match);
    }
    for (const node of graph.nodes) {
      if (!isOp(node, "binary")) continue;
      const match = gated(node);
      if (match) replace(graph, node, match);
    }
    removeDeadNodes(graph);
  },
};

function replace(graph: Graph, node: Node, { x, attributes }: Match): void {
  const unary = makeNode("unary", node.name, [x], node.outputs, attributes);
  graph.nodes[graph.nodes.indexOf(node)] = unary;
}

/** The single number of a constant. */
function scalarOf(value: Value | null | undefined): number | null {
  const data = value?.constant?.data;
  return data?.length === 1 ? data[0] : null;
}

/** A binary node with one scalar operand: the other operand and the number. */
function withScalar(
  node: Node | null | undefined,
  kind: "add" | "mul",
): { x: Value; scalar: number } | null {
  if (!isOp(node, "binary") || node.attributes.kind !== kind) return null;
  const [a, b] = node.inputs;
  const [right, left] = [scalarOf(b), scalarOf(a)];
  if (a && right !== null) return { x: a, scalar: right };
  if (b && left !== null) return { x: b, scalar: left };
  return null;
}

/** relu6(x + 3) -> x */
function shiftedRelu6(value: Value): Value | null {
  const node = value.producer;
  if (!isOp(node, "unary")) return null;
  const { attributes } = node;
  const isRelu6 =
    attributes.kind === "relu6" ||
    (attributes.kind === "clamp" && attributes.min === 0 && attributes.max === 6);
  const shifted = isRelu6 ? withScalar(node.inputs[0]?.producer, "add") : null;
  return shifted?.scalar === 3 ? shifted.x : null;
}

function isSixth(number: number): boolean {
  return Math.abs(number - 1 / 6) < 1e-4;
}

const HARD_SIGMOID: UnaryAttributes = { kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 };

/** y * (1 / 6) or y / 6 -> y */
function sixthOf(node: Node | null): Value | null {
  const scaled = withScalar(node, "mul");
  if (scaled && isSixth(scaled.scalar)) return scaled.x;
  if (!isOp(node, "binary") || node.attributes.kind !== "div") return null;
  return scalarOf(node.inputs[1]) === 6 ? node.inputs[0] : null;
}

/** A sixth of relu6(x + 3), or of x * relu6(x + 3). */
function overSix(node: Node): Match | null {
  const value = sixthOf(node);
  if (!value) return null;
  const x = shiftedRelu6(value);
  return x ? { x, attributes: HARD_SIGMOID } : productOver6(value);
}

/** (x * relu6(x + 3)) / 6 */
function productOver6(value: Value): Match | null {
  const node = value.producer;
  if (!isOp(node, "binary") || node.attributes.kind !== "mul") return null;
  const [a, b] = node.inputs;
  if (!a || !b) return null;
  const isHardSwish = shiftedRelu6(a) === b || shiftedRelu6(b) === a;
  const x = shiftedRelu6(a) === b ? b : a;
  return isHardSwish ? { x, attributes: { kind: "hardSwish" } } : null;
}

/** x * g(x) for a gate g: SiLU, hard-swish (also as (x / 6) * relu6(x + 3)). */
function gated(node: Extract<Node, { op: "binary" }>): Match | null {
  if (node.attributes.kind !== "mul") return null;
  const [a, b] = node.inputs;
  if (!a || !b) return null;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const producer = gate.producer;
    if (isOp(producer, "unary") && producer.inputs[0] === x) {
      const { attributes } = producer;
      if (attributes.kind === "sigmoid") return { x, attributes: { kind: "silu" } };
      if (
        attributes.kind === "hardSigmoid" &&
        isSixth(attributes.alpha) &&
        Math.abs(attributes.beta - 0.5) < 1e-6
      ) {
        return { x, attributes: { kind: "hardSwish" } };
      }
    }
    const sixth = sixthOf(x.producer);
    if (sixth && shiftedRelu6(gate) === sixth) {
      return { x: sixth, attributes: { kind: "hardSwish" } };
    }
  }
  return null;
}
