/**
 * Puts a convolution whose output is added to a bilinear up-sampling, and the up-sampling before it,
 * right before the sum: the convolution then comes behind what is enlarged, and enlarges on its store.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { Uses } from "../fusions/fusion.ts";
import { bilinearAxes } from "../upsampling.ts";
import type { Pass } from "./pass.ts";

export const sinkSummands: Pass = {
  name: "sink summands",
  run(graph) {
    const uses = new Uses(graph);
    const before = new Map<Node, readonly Node[]>();
    const moved = new Set<Node>();
    for (const node of graph.nodes) {
      const nodes = summandsOf(node, uses);
      if (!nodes || nodes.some((each) => moved.has(each))) continue;
      before.set(node, nodes);
      for (const each of nodes) moved.add(each);
    }
    graph.nodes = graph.nodes
      .filter((node) => !moved.has(node))
      .flatMap((node) => [...(before.get(node) ?? []), node]);
  },
};

/** The up-sampling, the convolution and the functions of its output that a sum reads; null for other nodes. */
function summandsOf(sum: Node, uses: Uses): Node[] | null {
  if (!isOp(sum, "binary")) return null;
  const [a, b] = sum.inputs as Value[];
  const up = [a, b].find(({ producer }) => producer !== null && bilinearAxes(producer) !== null);
  const other = up === a ? b : a;
  const convolution = up && up !== other && uses.isPrivate(up) && convolutionOf(other, uses);
  return convolution ? [up.producer!, ...convolution] : null;
}

/** The convolution that computes a value which nothing but its reader needs, and the functions behind it. */
function convolutionOf(value: Value, uses: Uses): Node[] | null {
  const { producer } = value;
  if (!producer || !uses.isPrivate(value)) return null;
  if (isOp(producer, "conv2d")) return [producer];
  const before = isOp(producer, "unary") && convolutionOf(producer.inputs[0]!, uses);
  return before ? [...before, producer] : null;
}
