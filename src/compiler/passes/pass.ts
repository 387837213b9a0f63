/** A pass edits a graph in place; `compile` runs them in order on its own copy. */
import type { Graph } from "../../graph/graph.ts";

export interface Pass {
  readonly name: string;
  run(graph: Graph): void;
}
