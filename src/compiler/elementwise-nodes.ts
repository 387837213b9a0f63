/** Element-wise nodes as functions that stages compute, and how many of those a kernel takes. */
import type { Node } from "../graph/graph.ts";
import { isOp } from "../graph/rewrite.ts";
import { sameShape } from "../graph/tensor.ts";
import type { ElementwiseNode, FusedNode } from "./expression.ts";

/**
 * Stages in one kernel, and those among them with a uniform struct: WebGPU allows 8 with dynamic
 * offsets, of which the kernel has one, and a mask after each slot perhaps another.
 */
const MOST_STAGES = 16;
const MOST_UNIFORMS = 5;

export function isElementwise(node: Node | null | undefined): node is ElementwiseNode {
  return isOp(node, "unary") || isOp(node, "binary") || isOp(node, "prelu") || isOp(node, "cast");
}

/** The ways in which a node is a function of a value of the shape of its output. */
export function asFunctions(node: ElementwiseNode): FusedNode[] {
  const [a, b = null] = node.inputs;
  const shape = node.outputs[0].shape;
  const functions: FusedNode[] = [];
  if (a && !a.constant && sameShape(a.shape, shape)) {
    functions.push({ node, main: a, operand: b, reversed: false });
  }
  if (isOp(node, "binary") && a && b && !b.constant && sameShape(b.shape, shape) && a !== b) {
    functions.push({ node, main: b, operand: a, reversed: true });
  }
  return functions;
}

/** Whether one kernel can have the stages of these nodes, and `others` with uniform structs. */
export function fitsOneKernel(nodes: readonly Node[], others = 0): boolean {
  return nodes.length <= MOST_STAGES && nodes.filter(hasUniform).length + others <= MOST_UNIFORMS;
}

/** Operands, tables and maps that are read elsewhere have their offsets in a uniform struct. */
function hasUniform({ inputs, op, attributes }: Node): boolean {
  if (op === "resize" || op === "shift") return true;
  return inputs.length > 1 || (op === "unary" && attributes.kind === "lookup");
}
