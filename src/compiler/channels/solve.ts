/**
 * Finds for every value of a graph the lanes of its channels, and for every reader where the channels
 * lie that it reads. What cannot be had without moving data is put together by one dispatch, or stays
 * as the graph has it.
 */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { attempt, Conflict } from "./attempt.ts";
import type { Concessions, Solution } from "./attempt.ts";
import { isMovedInParts, isStructural, isViewOfVector } from "./moves.ts";

/** `gathered`: values that one dispatch puts together in any case. */
export function solveChannels(graph: Graph, gathered: ReadonlySet<Value> = new Set()): Solution {
  const concessions: Concessions = {
    gathered: new Set(gathered),
    kept: new Set(),
    opaque: new Set(),
  };
  const most = graph.nodes.length * 3;
  for (let tries = 0; tries <= most; tries++) {
    const found = attempt(graph, concessions);
    if (!(found instanceof Conflict)) return found;
    concede(concessions, found);
  }
  return {
    roles: new Map<Node, never>(),
    lanes: new Map(),
    reads: new Map(),
    gathers: new Map(),
    channelsOf: () => null,
  };
}

function concede(
  { gathered, kept, opaque }: Concessions,
  { node, operand, canGather }: Conflict,
): void {
  const { producer } = operand;
  const isMoved = producer !== null && isStructural(producer);
  // What moves whole quads takes no copy as the graph has it.
  const isGathered = canGather && isMovedInParts(operand) && !isViewOfVector(operand);
  if (isMoved && isGathered && !gathered.has(operand)) {
    gathered.add(operand);
  } else if (isMoved && !kept.has(operand)) {
    gathered.delete(operand);
    kept.add(operand);
  } else opaque.add(node);
}
