/** Computes nodes whose inputs are all known, by the float64 operators. */
import { constantValue, removeDeadNodes, replaceValue } from "../../graph/rewrite.ts";
import { foldNode } from "../../reference/fold.ts";
import type { Pass } from "./pass.ts";

export const foldConstants: Pass = {
  name: "fold constants",
  run(graph) {
    for (const node of graph.nodes) {
      const tensors = node.inputs.flatMap((input) => (input?.constant ? [input.constant] : []));
      if (tensors.length === 0 || tensors.length !== node.inputs.length) continue;
      const folded = foldNode({ op: node.op, inputs: tensors, attributes: node.attributes });
      folded?.forEach((tensor, i) => {
        replaceValue(graph, node.outputs[i], constantValue(tensor, node.outputs[i].name));
      });
    }
    removeDeadNodes(graph);
  },
};
