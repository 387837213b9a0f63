/** The order in which the nodes of an ONNX file can be converted. */
import type { GraphProto } from "./proto.ts";

/**
 * Indices of the nodes, each after those whose outputs it reads: the file's order where that is
 * one.
 * @param known names of graph inputs and initializers
 * @param fail is given a node's index and what is wrong with it
 */
export function sortedNodes(
  { node: nodes }: GraphProto,
  known: ReadonlySet<string>,
  fail: (index: number, problem: string) => never,
): number[] {
  const producers = new Map<string, number>();
  nodes.forEach(({ output }, index) => {
    for (const name of output) {
      if (name === "") continue;
      if (known.has(name) || producers.has(name)) {
        fail(index, `output "${name}" has been produced before`);
      }
      producers.set(name, index);
    }
  });

  const sorted: number[] = [];
  const state = new Array<"new" | "open" | "done">(nodes.length).fill("new");
  /** Nodes whose producers are visited, with the next input to look at; a recursion could be too deep. */
  const path: { index: number; next: number }[] = [];
  const open = (index: number) => {
    state[index] = "open";
    path.push({ index, next: 0 });
  };
  for (let start = 0; start < nodes.length; start++) {
    if (state[start] === "new") open(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const { index } = top;
      const name = nodes[index].input[top.next++];
      if (name === undefined) {
        state[index] = "done";
        sorted.push(index);
        path.pop();
      } else if (name !== "" && !known.has(name)) {
        const producer = producers.get(name) ?? fail(index, `input "${name}" is never produced`);
        if (state[producer] === "open") fail(index, `input "${name}" depends on the node itself`);
        if (state[producer] === "new") open(producer);
      }
    }
  }
  return sorted;
}
