/** Which nodes of a model are needed, and in which order they can be converted. */
import { FormatError } from "../../graph/errors.ts";
import type { TfjsModel, TfjsNode } from "./model.ts";

/**
 * The nodes that the outputs need, in the order of the file.
 * @throws FormatError when one is missing
 */
export function neededNodes(model: TfjsModel): TfjsNode[] {
  const needed = new Set<TfjsNode>();
  for (const { key, name } of model.outputs) {
    const node = model.nodes.get(name);
    if (!node) {
      throw new FormatError(
        `tfjs "${model.name}": output "${key}" is node "${name}", which is not in the file`,
      );
    }
    needed.add(node);
  }
  // A set is walked in order of insertion, and what is added on the way is visited too.
  for (const node of needed) for (const input of inputsOf(model, node)) needed.add(input);
  return [...needed].sort((a, b) => a.index - b.index);
}

function inputsOf(model: TfjsModel, node: TfjsNode): TfjsNode[] {
  return node.inputs.map(
    ({ name }) => model.nodes.get(name) ?? node.fail(`reads "${name}", which is not in the file`),
  );
}

/**
 * Puts each node after those that it reads.
 * @throws FormatError when they form a cycle
 */
export function orderNodes(model: TfjsModel, nodes: readonly TfjsNode[]): TfjsNode[] {
  const ordered: TfjsNode[] = [];
  const state = new Map<TfjsNode, "open" | "done">();
  // A stack of our own: a chain of nodes may be longer than the call stack is deep.
  const stack = [...nodes].reverse();
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const known = state.get(node);
    if (known) {
      stack.pop();
      if (known === "open") ordered.push(node);
      state.set(node, "done");
      continue;
    }
    state.set(node, "open");
    for (const input of inputsOf(model, node).reverse()) {
      const met = state.get(input);
      if (met === "open") node.fail("is part of a cycle");
      if (!met) stack.push(input);
    }
  }
  return ordered;
}
