/** A pass edits a graph in place; `compile` runs them in order on its own copy. */
import type { Graph } from "../../graph/graph.ts";
import type { FusionSwitches } from "../options.ts";

export interface Pass {
  readonly name: string;
  run(graph: Graph): void;
}

/** A pass, and the switch that turns it off. */
export type SwitchedPass = readonly [pass: Pass, needed: keyof FusionSwitches | null];
