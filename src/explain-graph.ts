/** Compiles a graph once more to say what each step of the compiler did; loaded when it is asked for. */
import type { ExplainOptions } from "./explain-compilation.ts";
import type { GraphExplanation } from "./explain/explanation.ts";
import type { TextOptions } from "./explain/text.ts";
import type { Device } from "./gpu/device.ts";
import type { Graph } from "./graph/graph.ts";

/**
 * What the compiler makes of a graph for a device, step by step: the graph before and after each pass,
 * channel maps, decisions with their costs, the memory map, and of each dispatch its WGSL and how
 * long it must take at least.
 *
 * @example
 * const explanation = await explainGraph(await readGraph("model.onnx"), device);
 * console.log(await formatGraphExplanation(explanation, { passes: true }));
 *
 * @throws what `load` throws of a graph that cannot be compiled
 */
export async function explainGraph(
  graph: Graph,
  device: Device,
  options: ExplainOptions = {},
): Promise<GraphExplanation> {
  const { explainCompilation } = await import("./explain-compilation.ts");
  return explainCompilation(graph, device, options);
}

/** An explanation for a terminal: a row a dispatch, and what else is asked for. */
export async function formatGraphExplanation(
  explanation: GraphExplanation,
  options: TextOptions = {},
): Promise<string> {
  return (await import("./explain/text.ts")).formatText(explanation, options);
}

/** An explanation as one HTML page with pictures, which needs no other file. */
export async function explanationPage(explanation: GraphExplanation): Promise<string> {
  return (await import("./explain/page.ts")).pageOf(explanation);
}
