/** Chooses the functions that lower a graph's operators, and loads those that are not in the core. */
import { GraphError } from "../../graph/errors.ts";
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import { isCoreBinary, isCoreFunction } from "../../shaders/stage/stages.ts";
import type { Fusion } from "../fusions/fusion.ts";
import { ALL_FUSIONS, switchesOf } from "../options.ts";
import type { CompileOptions, FusionSwitches, Goal } from "../options.ts";
import { stageKindOf } from "./fused.ts";
import { CORE, lowerKey } from "./lower.ts";
import type { LowerTable } from "./lower.ts";

/** A part of the table in a file of its own, and the graphs that it is loaded for. */
interface Chunk {
  readonly isFor: (graph: Graph, switches: FusionSwitches) => boolean;
  readonly load: () => Promise<LowerTable>;
}

/** Later ones stand for what earlier ones have too; the fusions of all are tried, in this order. */
const CHUNKS: readonly Chunk[] = [
  {
    isFor: ({ nodes }) => !nodes.every(isCore),
    load: async () => (await import("./more.ts")).MORE,
  },
  // Before channels are placed: their last pass changes how many there are.
  {
    isFor: ({ nodes }) => nodes.some(isGated),
    load: async () => (await import("../fusions/gates.ts")).GATES,
  },
  {
    isFor: hasStructure,
    load: async () => (await import("../passes/structure.ts")).STRUCTURE,
  },
  {
    isFor: hasLoads,
    load: async () => (await import("../fusions/loads.ts")).LOADS,
  },
  {
    isFor: (_, { depthwisePointwise, invertedResidual, pointwiseDepthwise }) =>
      depthwisePointwise || invertedResidual || pointwiseDepthwise,
    load: async () => (await import("../fusions/convolutions.ts")).CONVOLUTIONS,
  },
];

/**
 * The functions and fusions that a graph needs with these switches and this goal: `CORE`, and what is loaded.
 * `fusions` are tried before them.
 * @throws GraphError when `fuse` switches a fusion that is not there
 */
export async function loadLowerTable(
  graph: Graph,
  fuse: CompileOptions["fuse"] = {},
  fusions: readonly Fusion[] = [],
  goal: Goal = "time",
): Promise<LowerTable> {
  const known = [...fusions.map(({ name }) => name), ...Object.keys(ALL_FUSIONS)];
  const unknown = Object.keys(fuse).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new GraphError(`fuse: "${unknown}" is not a fusion, expected one of ${known.join(", ")}`);
  }
  const switches = switchesOf({ fuse, goal });
  const needed = CHUNKS.filter(({ isFor }) => isFor(graph, switches));
  return joinTables([{ fusions }, CORE, ...(await Promise.all(needed.map(({ load }) => load())))]);
}

/** One table of several. */
export function joinTables(tables: readonly LowerTable[]): LowerTable {
  const fusions = tables.flatMap((table) => table.fusions ?? []);
  const passes = tables.flatMap((table) => table.passes ?? []);
  const lastPasses = tables.flatMap((table) => table.lastPasses ?? []);
  const joined = tables.reduce((all, table) => ({ ...all, ...table }), {});
  return { ...joined, fusions, passes, lastPasses };
}

function isCore(node: Node): boolean {
  if (node.op === "unary") return isCoreFunction(node.attributes.kind);
  if (node.op === "binary") return isCoreBinary(stageKindOf(node));
  return node.op === "batchNorm" || MOVING.has(node.op) || lowerKey(node) in CORE;
}

const ELEMENTWISE = new Set<string>(["unary", "binary", "prelu", "cast", "batchNorm"]);

/** Whether a graph has what may be computed where it is read, and rides on no store. */
function hasLoads({ nodes, outputs }: Graph): boolean {
  const readers = new Map<Value, number>(outputs.map(({ value }) => [value, 1]));
  for (const value of nodes.flatMap(({ inputs }) => inputs)) {
    if (value) readers.set(value, (readers.get(value) ?? 0) + 1);
  }
  return nodes.some((node) => {
    if (node.op === "resize" || node.op === "shift") return true;
    if (!ELEMENTWISE.has(node.op)) return false;
    return !node.inputs.some(
      (x) =>
        x?.producer &&
        readers.get(x) === 1 &&
        sameShape(x.shape, node.outputs[0].shape) &&
        !MOVING.has(x.producer.op),
    );
  });
}

/** Operators that `STRUCTURE` lowers. */
const MOVING = new Set<string>(["concat", "slice", "transpose"]);

/** Whether a graph moves channels, pools by windows, flattens maps, or reads a value by two convolutions. */
function hasStructure({ nodes }: Graph): boolean {
  const convolved = new Set<Value>();
  return nodes.some((node) => {
    const [x] = node.inputs;
    if (!x) return false;
    if (node.op === "reshape") return sizeOf(x.shape.slice(2)) > 1;
    if (node.op !== "conv2d") return MOVING.has(node.op) || node.op === "averagePool2d";
    const isShared = convolved.has(x);
    convolved.add(x);
    return isShared;
  });
}

/** Whether a node broadcasts vectors of its images, which are computed, to maps. */
function isGated({ op, inputs, outputs }: Node): boolean {
  const size = sizeOf(outputs[0].shape);
  return (
    op === "binary" &&
    inputs.every((x) => !x!.constant) &&
    inputs.some((x) => x!.producer?.op === "expand" || sizeOf(x!.shape) < size)
  );
}
