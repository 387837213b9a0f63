/** Moves zero padding of height and width into the convolution that alone reads it. */
import { consumersOf, isOp, outputValues, removeDeadNodes } from "../../graph/rewrite.ts";
import type { Padding } from "../../graph/attributes.ts";
import type { Pass } from "./pass.ts";

export const foldPadding: Pass = {
  name: "fold padding",
  run(graph) {
    const consumers = consumersOf(graph);
    const outputs = outputValues(graph);
    graph.nodes = graph.nodes.map((node) => {
      const pad = isOp(node, "conv2d") ? node.inputs[0]?.producer : null;
      if (!isOp(node, "conv2d") || !isOp(pad, "pad")) return node;
      const { mode, value, before, after } = pad.attributes;
      const alone = consumers.get(pad.outputs[0])?.length === 1 && !outputs.has(pad.outputs[0]);
      const spatial = before.length === 4 && !before[0] && !before[1] && !after[0] && !after[1];
      if (!alone || !spatial || mode !== "constant" || value !== 0) return node;
      const [top, left, bottom, right] = node.attributes.padding;
      const padding: Padding = [
        top + before[2],
        left + before[3],
        bottom + after[2],
        right + after[3],
      ];
      const folded = {
        ...node,
        inputs: [pad.inputs[0], ...node.inputs.slice(1)],
        attributes: { ...node.attributes, padding },
      };
      for (const output of folded.outputs) output.producer = folded;
      return folded;
    });
    removeDeadNodes(graph);
  },
};
