/** Fusions of several nodes into one kernel: what they match, and the groups that they lower. */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { consumersOf, outputValues } from "../../graph/rewrite.ts";
import { expressionNodes, stageNodes } from "../expression.ts";
import type { Expression, Fork, FusedNode } from "../expression.ts";
import type { FusionOptions } from "../options.ts";
import type { Lowering } from "../lower/lowering.ts";
import type { Decision } from "../plan.ts";

/** Nodes that one kernel computes. */
export interface Match {
  /** In order; the last is the anchor. Nothing else may read what is computed on the way. */
  readonly nodes: readonly Node[];
  /** What the kernel reads from the arena, x first. */
  readonly inputs: readonly Value[];
  /** Of the anchor. */
  readonly output: Value;
}

/** A pattern of nodes, and the kernel that computes them. */
export interface Fusion {
  /** Its switch in `CompileOptions.fuse`. */
  readonly name: string;
  /** Element-wise nodes may ride on its store. */
  readonly canStore: boolean;
  /** Tried at each node as the anchor, in the order of the graph, before element-wise nodes ride. */
  match(anchor: Node, uses: Uses): Match | null;
  /** Emits the steps of a group of which `composite` is a match of this fusion. */
  lower(lowering: Lowering, group: Group): void;
}

/** What a fusion found, and how to lower it. */
export interface Composite {
  readonly fusion: Fusion;
  readonly match: Match;
}

/** What one kernel computes: `core`, with what is applied to its input and to its output. */
export interface Group {
  readonly core: Node;
  /** The first input of the core; null where it lies in memory. */
  readonly load: Expression | null;
  /** How an element-wise core is computed, where that is settled. */
  readonly first?: FusedNode;
  readonly store: readonly FusedNode[];
  /** What is stored beside the output. */
  readonly forks: readonly Fork[];
  /** The value that is stored: the output of the last node. */
  readonly output: Value;
  /** The nodes that are computed with the core, their anchor, by a kernel for all of them. */
  readonly composite?: Composite;
}

/** The value that a kernel reads as its first input. */
export function loadedValue({ core, load }: Group): Value {
  return load?.source ?? core.inputs[0]!;
}

/** The nodes that a group computes, in order, without those that ride on load and store. */
export function coreNodes({ core, composite }: Group): readonly Node[] {
  return composite?.match.nodes ?? [core];
}

/** All nodes that a group computes, in order. */
export function groupNodes(group: Group): readonly Node[] {
  const { load, store, forks } = group;
  return [
    ...(load ? expressionNodes(load) : []),
    ...coreNodes(group),
    ...stageNodes([...store, ...forks.flatMap(({ stages }) => stages)]),
  ];
}

/** Groups after some of them have become one, in the order in which they run, and why. */
export interface Merged {
  readonly groups: readonly Group[];
  readonly decisions: readonly Decision[];
}

/** Makes one group of several, once it is settled what rides on each. */
export type MergeGroups = (groups: readonly Group[], uses: Uses, options: FusionOptions) => Merged;

/** Who reads which value of a graph. */
export class Uses {
  private readonly consumers: Map<Value, Node[]>;
  private readonly outputs: Set<Value>;

  constructor(graph: Graph) {
    this.consumers = consumersOf(graph);
    this.outputs = outputValues(graph);
  }

  of(value: Value): readonly Node[] {
    return this.consumers.get(value) ?? [];
  }

  isOutput(value: Value): boolean {
    return this.outputs.has(value);
  }

  /** A value that only one node reads, so that it need not exist. */
  isPrivate(value: Value): boolean {
    return this.of(value).length === 1 && !this.outputs.has(value);
  }
}
