/** Chooses the functions that lower a graph's operators, and loads those that are not in the core. */
import type { Graph, Node } from "../../graph/graph.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { isCoreBinary, isCoreFunction } from "../../shaders/stage/stages.ts";
import type { FusionSwitches } from "../options.ts";
import { stageKindOf } from "./fused.ts";
import { CORE, lowerKey } from "./lower.ts";
import type { LowerTable } from "./lower.ts";

/** A part of the table in a file of its own, and the graphs that it is loaded for. */
interface Chunk {
  readonly isFor: (graph: Graph, fuse: Partial<FusionSwitches>) => boolean;
  readonly load: () => Promise<LowerTable>;
}

/** Later ones stand for what earlier ones have too; the fusions of all are tried, in this order. */
const CHUNKS: readonly Chunk[] = [
  {
    isFor: ({ nodes }) => !nodes.every(isCore),
    load: async () => (await import("./more.ts")).MORE,
  },
  {
    isFor: ({ nodes }) => nodes.some(isGated),
    load: async () => (await import("../fusions/gates.ts")).GATES,
  },
  {
    isFor: (_, fuse) => Boolean(fuse.depthwisePointwise) || Boolean(fuse.invertedResidual),
    load: async () => (await import("../fusions/convolutions.ts")).CONVOLUTIONS,
  },
];

/** The functions and fusions that a graph needs with these switches: `CORE`, and what is loaded. */
export async function loadLowerTable(
  graph: Graph,
  fuse: Partial<FusionSwitches> = {},
): Promise<LowerTable> {
  const needed = CHUNKS.filter(({ isFor }) => isFor(graph, fuse));
  return joinTables([CORE, ...(await Promise.all(needed.map(({ load }) => load())))]);
}

/** One table of several. */
export function joinTables(tables: readonly LowerTable[]): LowerTable {
  const fusions = tables.flatMap((table) => table.fusions ?? []);
  const passes = tables.flatMap((table) => table.passes ?? []);
  return { ...tables.reduce((joined, table) => ({ ...joined, ...table }), {}), fusions, passes };
}

function isCore(node: Node): boolean {
  if (node.op === "unary") return isCoreFunction(node.attributes.kind);
  if (node.op === "binary") return isCoreBinary(stageKindOf(node));
  return node.op === "batchNorm" || lowerKey(node) in CORE;
}

/** Whether a node broadcasts vectors of its images, which are computed, to maps. */
function isGated({ op, inputs, outputs }: Node): boolean {
  const size = sizeOf(outputs[0].shape);
  return (
    op === "binary" &&
    inputs.every((x) => !x!.constant) &&
    inputs.some((x) => sizeOf(x!.shape) < size)
  );
}
