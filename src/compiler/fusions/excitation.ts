/** Finds two fully connected layers behind the mean of maps: the logits of gates. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { isCoreFunction, UNSAFE_IN_UNUSED_LANES } from "../../shaders/stage/stages.ts";
import type { FusedNode } from "../expression.ts";
import type { Match, Uses } from "./fusion.ts";
import { squeezeOf } from "./squeeze.ts";
import type { Branch } from "./squeeze.ts";
import { throughRelabellings, vectorSize } from "./vectors.ts";

/** A layer of weights that are known, on vectors. */
export type Layer = Extract<Node, { op: "conv2d" | "linear" }>;

/** The matches of the fusions of gates. */
export interface GateMatch extends Match {
  readonly branches: readonly Branch[];
  readonly layers: readonly [Layer, Layer];
  /** What is applied between the layers. */
  readonly activations: readonly FusedNode[];
  /** Values that a softmax weighs against each other: 1 for none. */
  readonly radix: number;
  /** The output of the second layer for each of y. */
  readonly order: readonly number[];
}

/** Their layers and what comes before; the match of a fusion has the nodes after them too. */
export type Excitation = Omit<GateMatch, "output" | "radix" | "order">;

/** @returns null where `last` is not the second layer, or the kernel cannot compute all of it */
export function excitationOf(last: Node, uses: Uses): Excitation | null {
  if (!isLayer(last)) return null;
  const before = activationsBefore(last.inputs[0]!);
  const first = before.producer;
  if (!isLayer(first)) return null;
  const squeeze = squeezeOf(first.inputs[0]!, uses);
  if (!squeeze) return null;
  const { branches } = squeeze;
  return {
    nodes: [...squeeze.nodes, first, ...before.nodes, last],
    inputs: [...new Set(branches.map(({ map }) => map))],
    branches,
    layers: [first, last],
    activations: before.activations,
  };
}

/** The nodes, functions without operands among them, between a vector and the layer that it comes from. */
export function activationsBefore(vector: Value): {
  readonly producer: Node | null;
  readonly nodes: readonly Node[];
  readonly activations: readonly FusedNode[];
} {
  const { producer, nodes } = throughRelabellings(vector);
  if (!isOp(producer, "unary") || !isStage(producer)) return { producer, nodes, activations: [] };
  const main = producer.inputs[0]!;
  const before = activationsBefore(main);
  return {
    producer: before.producer,
    nodes: [...before.nodes, producer, ...nodes],
    activations: [...before.activations, { node: producer, main, operand: null, reversed: false }],
  };
}

/** A function that needs no uniform struct, nor a mask of the unused lanes. */
function isStage({ attributes: { kind } }: Extract<Node, { op: "unary" }>): boolean {
  return isCoreFunction(kind) && !UNSAFE_IN_UNUSED_LANES.has(kind);
}

/** Whether a node is such a layer. */
export function isLayer(node: Node | null): node is Layer {
  if (!isOp(node, "conv2d") && !isOp(node, "linear")) return false;
  const [x, weight, bias] = node.inputs;
  if (!weight?.constant || (bias && !bias.constant)) return false;
  if (vectorSize(x!.shape) === null || vectorSize(node.outputs[0].shape) === null) return false;
  if (isOp(node, "linear")) return true;
  const [, , height, width] = weight.shape;
  return height * width === 1 && node.attributes.padding.every((pixels) => pixels === 0);
}
