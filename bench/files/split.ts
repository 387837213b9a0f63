/** Slices that together are one split. */
import type { Graph, Node } from "../../src/index.ts";

export type Slice = Extract<Node, { op: "slice" }>;

/**
 * The slices that cut a tensor into equal parts along one axis, first to last, if `node` is one of
 * them: the converters of the peers write them as one operator, which is less for an engine
 * to do than a copy a slice.
 */
export function splitOf(node: Slice, { nodes }: Graph): readonly Slice[] | undefined {
  const { axes, sizes } = node.attributes;
  if (axes.length !== 1) return undefined;
  const [[axis], [size]] = [axes, sizes];
  const isPart = (other: Node): other is Slice =>
    other.op === "slice" &&
    other.inputs[0] === node.inputs[0] &&
    other.attributes.axes.length === 1 &&
    other.attributes.axes[0] === axis &&
    other.attributes.sizes[0] === size &&
    other.attributes.steps[0] === 1;
  const parts = nodes.filter(isPart);
  const follow = parts.every(({ attributes }, i) => attributes.starts[0] === i * size);
  return follow && parts.length * size === node.inputs[0]!.shape[axis] ? parts : undefined;
}
