/** `lightfuse explain`: the plan of a model, a row a dispatch. */
import { formatExplanation } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { findModel, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";

export const explain: Command = {
  name: "explain",
  summary: "show the plan: kernels, what was fused into them, shapes, bytes, MACs, copies",
  operands: [MODEL],
  options: [WEIGHTS, BROWSER, JSON_OPTION],
  notes: `${MODEL_NOTES}
A network is explained with synthetic weights when none are given.\n
--json prints name, adapter, dispatches (an array), copies (an array of the dispatches that only
move data, and why; empty when there are none), arenaBytes, lowerBoundBytes (what the activations
that are alive at once take), weightBytes, parameters and macs.`,

  async execute(given) {
    const model = findModel(given, "synthetic");
    const result = await execute({ task: "explain", model, inputs: [], runs: 0 }, given);
    const { adapter, explain: explanation } = result;
    if (given.has("json")) printJson({ ...explanation, adapter });
    else print(`adapter: ${formatAdapter(adapter)}\n\n${formatExplanation(explanation!)}`);
    return undefined;
  },
};
