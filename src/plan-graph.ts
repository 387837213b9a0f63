/** The plan of a graph by the options of `load`, with all that it takes to compile it. */
import { compile } from "./compiler/compile.ts";
import type { Fusion } from "./compiler/fusions/fusion.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { CompileOptions } from "./compiler/options.ts";
import type { Plan } from "./compiler/plan.ts";
import type { BufferCopies } from "./gpu/buffer-copies.ts";
import type { Device } from "./gpu/device.ts";
import type { Graph } from "./graph/graph.ts";
import { loadPrecision } from "./precision.ts";

export interface PlanOptions extends CompileOptions {
  /** Fusions of one's own (`defineFusion`), tried before those of the package. */
  readonly fusions?: readonly Fusion[];
}

/** @throws DeviceError when the device does not have the precision; GraphError for what it cannot run. */
export async function planGraph(
  graph: Graph,
  device: Device,
  { fuse, goal, fusions, precision }: PlanOptions,
): Promise<{ readonly plan: Plan; readonly bufferCopies?: BufferCopies }> {
  const { elements, bufferCopies } = await loadPrecision(device, precision);
  const table = await loadLowerTable(graph, fuse, fusions);
  return { plan: compile(graph, device.traits, { fuse, goal, elements }, table), bufferCopies };
}
