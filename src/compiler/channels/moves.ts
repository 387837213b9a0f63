/** Which nodes only move channels, and which of them do so otherwise than in whole quads. */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { vectorSize } from "../fusions/vectors.ts";
import { roleOf } from "./roles.ts";

/**
 * Whether channels are moved otherwise than in whole quads. What moves whole quads is a view, or read by
 * a table, as the graph has it.
 */
export function movesChannels(node: Node): boolean {
  const isWhole = (channels: number): boolean => channels % 4 === 0;
  switch (node.op) {
    case "concat":
      return !node.inputs.slice(0, -1).every((value) => isWhole(value!.shape[1] ?? 0));
    case "slice": {
      const { axes, starts, sizes, steps } = node.attributes;
      const at = axes.indexOf(1);
      if (at < 0) return false;
      const end = starts[at] + sizes[at];
      const endsWhole = isWhole(end) || end === node.inputs[0]!.shape[1];
      return steps[at] !== 1 || !isWhole(starts[at]) || !endsWhole;
    }
    case "reshape":
      return node.outputs[0].shape.length > 4;
    case "transpose":
      return node.inputs[0]!.shape.length > 4 || node.attributes.perm[0] !== 0;
    default:
      return false;
  }
}

export function isStructural({ op }: Node): boolean {
  return op === "slice" || op === "concat" || op === "reshape" || op === "transpose";
}

/** Whether channels are moved so between a value and those that own its channels. */
export function isMovedInParts({ producer }: Value): boolean {
  if (!producer || !isStructural(producer)) return false;
  return movesChannels(producer) || producer.inputs.some((x) => x !== null && isMovedInParts(x));
}

/**
 * Whether a value is channels, from the first of a quad on, of vectors that are computed in the
 * logical order: a view, wherever it ends.
 */
export function isViewOfVector({ producer }: Value): boolean {
  if (!isOp(producer, "slice")) return false;
  const { axes, starts, steps } = producer.attributes;
  const [x] = producer.inputs as Value[];
  const isFromQuad = axes.join() === "1" && starts[0] % 4 === 0 && steps[0] === 1;
  if (!isFromQuad || vectorSize(x.shape) === null || !x.producer) return false;
  const isMoved = isStructural(x.producer) && x.producer.op !== "reshape";
  return !isMoved && roleOf(x.producer).kind === "opaque";
}
