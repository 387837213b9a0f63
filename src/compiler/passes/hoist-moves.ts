/**
 * Puts what only moves elements right after what it reads. It takes no dispatch as a rule, and a kernel
 * whose store or load reads it can then be an early one.
 */
import type { Node } from "../../graph/graph.ts";
import type { Pass } from "./pass.ts";

const MOVES = new Set<string>(["slice", "concat", "reshape", "transpose"]);

export const hoistMoves: Pass = {
  name: "hoist moves",
  run(graph) {
    const position = new Map<Node, number>();
    graph.nodes.forEach((node, i) => position.set(node, i));
    const after = new Map<Node, Node[]>();
    const stay: Node[] = [];
    for (const node of graph.nodes) {
      const last = MOVES.has(node.op) ? lastProducer(node, position) : null;
      if (!last) {
        stay.push(node);
        continue;
      }
      position.set(node, position.get(last)!);
      const list = after.get(last);
      if (list) list.push(node);
      else after.set(last, [node]);
    }
    const withHoisted = (node: Node): Node[] => [
      node,
      ...(after.get(node) ?? []).flatMap(withHoisted),
    ];
    graph.nodes = stay.flatMap(withHoisted);
  },
};

/** The last node that computes an input; of those in one place the one that was moved there last. */
function lastProducer({ inputs }: Node, position: ReadonlyMap<Node, number>): Node | null {
  let last: Node | null = null;
  for (const value of inputs) {
    const producer = value?.producer;
    if (producer && (!last || position.get(producer)! >= position.get(last)!)) last = producer;
  }
  return last;
}
