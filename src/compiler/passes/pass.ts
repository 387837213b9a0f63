/** A pass edits a graph in place; `compile` runs them in order on its own copy. */
import type { Graph } from "../../graph/graph.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import type { FusionSwitches, Goal } from "../options.ts";
import type { PaddingDecision } from "../plan.ts";

/** What a pass may weigh, and where it says what it decided. */
export interface PassContext {
  readonly device: DeviceTraits;
  readonly goal: Goal;
  readonly paddings: PaddingDecision[];
}

export interface Pass {
  readonly name: string;
  /** Without a context nothing is weighed. */
  run(graph: Graph, context?: PassContext): void;
}

/** A pass, and the switch that turns it off. */
export type SwitchedPass = readonly [pass: Pass, needed: keyof FusionSwitches | null];
