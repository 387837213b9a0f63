/** What fusion has settled when loads are planned. */
import type { Node, Value } from "../graph/graph.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import type { Reads } from "./cost.ts";
import type { FusedNode } from "./expression.ts";
import type { Uses } from "./fusions/fusion.ts";
import type { FusionSwitches, Goal } from "./options.ts";

/** What is known when all that rides on stores is settled. */
export interface Settled {
  readonly nodes: readonly Node[];
  readonly uses: Uses;
  readonly switches: FusionSwitches;
  readonly device: DeviceTraits;
  readonly goal: Goal;
  readonly store: Map<Node, FusedNode[]>;
  /** The core that a node was fused into. */
  readonly coreOf: Map<Node, Node>;
  /** A core that no fusion of several nodes took. */
  readonly isPlain: (core: Node) => boolean;
  /** When a value exists: the position of the core that stores it. */
  readonly timeOf: (value: Value) => number;
  /** How often a node evaluates its load, where that is not by a kernel of `select`: else null. */
  readonly readsOfVariant?: (reader: Node) => Reads | null;
}

/** Whether no other kernel computes a node along with its own. */
export function isFree({ coreOf, isPlain }: Settled, node: Node): boolean {
  return !coreOf.has(node) && isPlain(node);
}
