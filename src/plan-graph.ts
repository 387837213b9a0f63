/** The plan of a graph by the options of `load`, with all that it takes to compile it. */
import { compile } from "./compiler/compile.ts";
import type { Fusion } from "./compiler/fusions/fusion.ts";
import type { LowerTable } from "./compiler/lower/lower.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { CompileOptions } from "./compiler/options.ts";
import type { Plan } from "./compiler/plan.ts";
import type { BufferCopies } from "./gpu/buffer-copies.ts";
import type { Device } from "./gpu/device.ts";
import type { Graph } from "./graph/graph.ts";
import { loadPrecision } from "./precision.ts";
import type { KernelOptions } from "./tuning-table.ts";

export interface PlanOptions extends CompileOptions, KernelOptions {
  /** Fusions of one's own (`defineFusion`), tried before those of the package. */
  readonly fusions?: readonly Fusion[];
}

/**
 * What `load` does between reading the model and bringing it to the GPU.
 * @throws DeviceError when the device does not have the precision; GraphError for what it cannot run.
 */
export async function planGraph(
  graph: Graph,
  device: Device,
  options: PlanOptions = {},
): Promise<{ readonly plan: Plan; readonly bufferCopies?: BufferCopies }> {
  const { fuse, goal, precision } = options;
  const { elements, bufferCopies } = await loadPrecision(device, precision);
  const table = await lowerTableOf(graph, device, options);
  return { plan: compile(graph, device.traits, { fuse, goal, elements }, table), bufferCopies };
}

/** Compilation is what a software adapter takes longest for. */
async function withSharing(table: LowerTable, { traits }: Device): Promise<LowerTable> {
  if (!traits.software) return table;
  const { shareActivations } = await import("./compiler/share-activations.ts");
  return { ...table, share: shareActivations };
}

/**
 * How a graph is lowered on a device, with its kernels chosen; the device is measured first if it is
 * to be.
 */
export async function lowerTableOf(
  graph: Graph,
  device: Device,
  options: PlanOptions,
): Promise<LowerTable> {
  const { fuse, fusions, goal, tuning, probe } = options;
  const table = await withSharing(await loadLowerTable(graph, fuse, fusions, goal), device);
  if (tuning === undefined && !probe && device.traits.software) return table;
  return (await import("./choose-kernels.ts")).chooseKernels(table, device, options);
}
