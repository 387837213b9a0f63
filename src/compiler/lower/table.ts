/** Chooses the functions that lower a graph's operators, and loads those that are not in the core. */
import type { Graph, Node } from "../../graph/graph.ts";
import { isCoreBinary, isCoreFunction } from "../../shaders/stage/stages.ts";
import { stageKindOf } from "./fused.ts";
import { CORE, lowerKey } from "./lower.ts";
import type { LowerTable } from "./lower.ts";

/** The functions that a graph needs: `CORE`, or all. */
export async function loadLowerTable(graph: Graph): Promise<LowerTable> {
  const isCore = (node: Node) => {
    if (node.op === "unary") return isCoreFunction(node.attributes.kind);
    if (node.op === "binary") return isCoreBinary(stageKindOf(node));
    return node.op === "batchNorm" || lowerKey(node) in CORE;
  };
  return graph.nodes.every(isCore) ? CORE : { ...CORE, ...(await import("./more.ts")).MORE };
}
