/** What each operator does with the order of channels. */
import type { Node, Value } from "../../graph/graph.ts";
import { UNSAFE_IN_UNUSED_LANES } from "../../shaders/stage/stages.ts";
import { walksInQuads } from "../place.ts";

/**
 * - `dense`: a convolution or linear layer whose weights are known. Its input channels may come in any
 *   order within a group, with gaps; its output channels may be written in any order within a group.
 * - `lanewise`: channel c of the output depends on channel c of the operands `tied` alone, and lies in
 *   the same lane.
 * - `opaque`: reads and writes channels in their logical order.
 */
export type Role =
  | { readonly kind: "dense"; readonly groups: number }
  | { readonly kind: "lanewise"; readonly tied: readonly number[] }
  | { readonly kind: "opaque" };

const OPAQUE: Role = { kind: "opaque" };
const FIRST: Role = { kind: "lanewise", tied: [0] };

/** Channels of a group below which padding the group to quads costs more than the grouped kernel. */
const LEAST_GROUP = 4;

export function roleOf(node: Node): Role {
  switch (node.op) {
    case "conv2d":
      return convolutionRole(node);
    case "linear":
      return isKnown(node.inputs.slice(1)) ? { kind: "dense", groups: 1 } : OPAQUE;
    case "maxPool2d":
    case "averagePool2d":
    case "adaptivePool2d":
    case "globalAveragePool":
    case "resize":
      return FIRST;
    case "cast":
      return isChannelled(node.outputs[0]) ? FIRST : OPAQUE;
    case "reduce": {
      const { kind, axes } = node.attributes;
      const positive = axes.map((axis) => (axis < 0 ? axis + 4 : axis)).sort();
      const overPixels = node.inputs[0]!.shape.length === 4 && positive.join() === "2,3";
      return kind === "mean" && overPixels ? FIRST : OPAQUE;
    }
    case "unary":
      return isChannelled(node.outputs[0]) && !UNSAFE_IN_UNUSED_LANES.has(node.attributes.kind)
        ? FIRST
        : OPAQUE;
    case "binary":
      return UNSAFE_IN_UNUSED_LANES.has(node.attributes.kind) ? OPAQUE : elementwiseRole(node);
    case "prelu":
      return elementwiseRole(node);
    default:
      return OPAQUE;
  }
}

/** Whether a value has channels that quads hold: [N, C, H, W] or [N, C]. */
export function isChannelled({ shape }: Value): boolean {
  return shape.length === 4 || shape.length === 2;
}

function isKnown(values: readonly (Value | null)[]): boolean {
  return values.every((value) => !value || value.constant);
}

function convolutionRole(node: Extract<Node, { op: "conv2d" }>): Role {
  if (!isKnown(node.inputs.slice(1))) return OPAQUE;
  const { groups } = node.attributes;
  const channels = node.inputs[0]!.shape[1];
  const outChannels = node.outputs[0].shape[1];
  if (groups === 1) return { kind: "dense", groups };
  if (groups === channels && groups === outChannels) return FIRST;
  const least = Math.min(channels, outChannels) / groups;
  return least >= LEAST_GROUP ? { kind: "dense", groups } : OPAQUE;
}

/** Operands that have the channels of y are tied to it; those of one channel are not. */
function elementwiseRole(node: Extract<Node, { op: "binary" | "prelu" }>): Role {
  const [y] = node.outputs;
  if (!isChannelled(y)) return OPAQUE;
  const tied: number[] = [];
  for (const [index, operand] of node.inputs.entries()) {
    if (!operand || !walksInQuads(operand.shape, y.shape)) return OPAQUE;
    if (operand.constant) continue;
    if (operand.shape.length !== y.shape.length) return OPAQUE;
    if (operand.shape[1] === y.shape[1]) tied.push(index);
    else return OPAQUE;
  }
  return tied.length > 0 ? { kind: "lanewise", tied } : OPAQUE;
}
