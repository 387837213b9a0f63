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
    // By node, the one that stays and that it follows: itself, or the last that computes its inputs.
    const anchors = new Map<Node, Node>();
    const position = new Map<Node, number>();
    const followers = new Map<Node, Node[]>();
    for (const node of graph.nodes) {
      const producers = node.inputs.flatMap((value) => (value?.producer ? [value.producer] : []));
      const found = producers.map((producer) => anchors.get(producer)!);
      const at = (anchor: Node): number => position.get(anchor)!;
      const anchor =
        MOVES.has(node.op) && found.length > 0
          ? found.reduce((last, other) => (at(other) > at(last) ? other : last))
          : node;
      anchors.set(node, anchor);
      if (anchor === node) {
        position.set(node, followers.size);
        followers.set(node, [node]);
      } else followers.get(anchor)!.push(node);
    }
    graph.nodes = [...followers.values()].flat();
  },
};
