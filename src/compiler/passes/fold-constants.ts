/** Computes nodes whose inputs are all known, by the float64 operators. */
import type { Value } from "../../graph/graph.ts";
import { constantValue, removeDeadNodes, replaceValue } from "../../graph/rewrite.ts";
import { allocate } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { foldNode } from "../../reference/fold.ts";
import type { Pass } from "./pass.ts";

export const foldConstants: Pass = {
  name: "fold constants",
  run(graph) {
    for (const node of graph.nodes) {
      const tensors = node.inputs.flatMap((input) => (input && tensorOf(input)) ?? []);
      if (tensors.length === 0 || tensors.length !== node.inputs.length) continue;
      const folded = foldNode({ op: node.op, inputs: tensors, attributes: node.attributes });
      folded?.forEach((tensor, i) => {
        replaceValue(graph, node.outputs[i], constantValue(tensor, node.outputs[i].name));
      });
    }
    removeDeadNodes(graph);
  },
};

/** What a value is, where that is known. A value without elements is, even if it is an input. */
function tensorOf({ constant, shape, dtype }: Value): Tensor | null {
  return constant ?? (shape.includes(0) ? { shape, dtype, data: allocate(dtype, 0) } : null);
}
