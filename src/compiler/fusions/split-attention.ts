/**
 * The gates of several branches that sum to 1 in each channel, in one dispatch: mean of their sum,
 * layer, activation, layer, softmax over the branches. Selective kernels (Li et al., arXiv
 * 1903.06586, section 3.1) and split attention (Zhang et al., arXiv 2004.08955, section 3).
 */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis, sizeOf, stridesOf } from "../../graph/tensor.ts";
import { excitationOf } from "./excitation.ts";
import type { GateMatch } from "./excitation.ts";
import type { Fusion } from "./fusion.ts";
import { lowerGate } from "./lower-gate.ts";
import { vectorSize } from "./vectors.ts";

/** The kernel writes them out one after the other. */
const MOST_RADIX = 8;

export const splitAttention: Fusion = {
  name: "splitAttention",
  canStore: true,
  match(anchor, uses): GateMatch | null {
    const gates = branchGatesOf(anchor);
    const excitation = gates && excitationOf(gates.last, uses);
    if (!excitation || (gates.order.length / gates.radix) % 4 !== 0) return null;
    const { moves, radix, order } = gates;
    const nodes = [...excitation.nodes, ...moves];
    return { ...excitation, nodes, output: anchor.outputs[0], radix, order };
  },
  lower: lowerGate,
};

/** Vectors that are a softmax over branches, r * C of them: [N, R * C]. */
export interface BranchGates {
  /** What computes the logits. */
  readonly last: Node;
  /** The softmax, and what moves its elements before it and behind it, in order. */
  readonly moves: readonly Node[];
  /** R: gates that share a softmax. */
  readonly radix: number;
  /** The logit that each element of the output comes from; r * C + c shares a softmax with those of the same c. */
  readonly order: readonly number[];
}

/** @returns null where `anchor` is not the last node of such gates */
export function branchGatesOf(anchor: Node): BranchGates | null {
  const [output] = anchor.outputs;
  if (!isMove(anchor) || output.shape.length > 4 || vectorSize(output.shape) === null) return null;
  const after = movesBefore(output);
  if (!isOp(after.producer, "softmax") || after.producer.attributes.log) return null;
  const softmax = after.producer;
  const before = movesBefore(softmax.inputs[0]!);
  const moves = [...before.nodes, softmax, ...after.nodes];
  const last = before.producer;
  const found = last && radixOf(moves, softmax);
  return found && { last, moves, ...found };
}

/** A node that only moves elements within images. */
function isMove(node: Node | null): node is Extract<Node, { op: "reshape" | "transpose" }> {
  if (isOp(node, "transpose")) return node.attributes.perm[0] === 0;
  return isOp(node, "reshape") && node.attributes.shape[0] === node.inputs[0]!.shape[0];
}

function movesBefore(value: Value): { producer: Node | null; nodes: Node[] } {
  const nodes: Node[] = [];
  let { producer } = value;
  while (isMove(producer)) {
    nodes.unshift(producer);
    producer = producer.inputs[0]!.producer;
  }
  return { producer, nodes };
}

/**
 * How many gates share a softmax, and the logit that each element of the output comes from, where
 * element r * C + c shares its own with those of the same c; else null.
 */
function radixOf(
  nodes: readonly Node[],
  softmax: Extract<Node, { op: "softmax" }>,
): { radix: number; order: number[] } | null {
  const { shape } = softmax.inputs[0]!;
  const axis = normalizeAxis(softmax.attributes.axis, shape.length, "softmax");
  const radix = shape[axis];
  const size = sizeOf(shape.slice(1));
  const channels = size / radix;
  if (axis === 0 || radix < 2 || radix > MOST_RADIX) return null;
  const at = nodes.indexOf(softmax);
  const logits = Array.from({ length: size }, (_, i) => i);
  const atSoftmax = nodes.slice(0, at).reduce(move, logits);
  const places = nodes.slice(at + 1).reduce(move, [...logits]);
  const stride = stridesOf(shape)[axis];
  const rowOf = (place: number): number =>
    Math.floor(place / stride / radix) * stride + (place % stride);
  const isRadixMajor = places.every((place, i) => rowOf(place) === rowOf(places[i % channels]));
  return isRadixMajor ? { radix, order: places.map((place) => atSoftmax[place]) } : null;
}

/** The elements of one image in their order behind a node. */
function move(elements: number[], node: Node): number[] {
  if (!isOp(node, "transpose")) return elements;
  const shape = [1, ...node.inputs[0]!.shape.slice(1)];
  const { perm } = node.attributes;
  const strides = stridesOf(shape);
  const to = perm.map((axis) => shape[axis]);
  const toStrides = stridesOf(to);
  return elements.map((_, i) => {
    const from = perm.reduce(
      (sum, axis, k) => sum + (Math.floor(i / toStrides[k]) % to[k]) * strides[axis],
      0,
    );
    return elements[from];
  });
}
