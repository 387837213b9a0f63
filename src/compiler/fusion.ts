/**
 * Decides which nodes one kernel computes: those that a fusion matches; element-wise nodes on the
 * store of the kernel that computes their input; others on the loads of their readers, by
 * `fusion-load.ts`.
 */
import type { Graph, Node, Value } from "../graph/graph.ts";
import { sameShape } from "../graph/tensor.ts";
import { asFunctions, fitsOneKernel, isElementwise } from "./elementwise-nodes.ts";
import type { LoadPlan, PlanLoads } from "./fusion-load.ts";
import { Uses } from "./fusions/fusion.ts";
import type { ElementwiseNode, FusedNode } from "./expression.ts";
import type { Composite, Fusion, Group, Match, MergeGroups } from "./fusions/fusion.ts";
import type { FusionOptions } from "./options.ts";
import { quadsDims, walksInQuads } from "./place.ts";
import type { Decision } from "./plan.ts";

export type { Group } from "./fusions/fusion.ts";

/** Kernels with a slot on their store. */
const CAN_STORE = new Set<string>([
  "conv2d",
  "convTranspose2d",
  "deformSample2d",
  "shift",
  "linear",
  "maxPool2d",
  "averagePool2d",
  "adaptivePool2d",
  "channelMaxPool",
  "globalAveragePool",
  "localResponseNorm",
  "groupNorm",
  "resize",
  "unary",
  "binary",
  "prelu",
  "cast",
]);

/** What is loaded for the graphs that may need it. */
export interface FusionTable {
  /** Kernels for several nodes, in the order in which they are tried. */
  readonly fusions?: readonly Fusion[];
  /** Decides what is computed where it is read; without it nothing is. */
  readonly planLoads?: PlanLoads;
  /** Makes one group of several; without it none. */
  readonly mergeGroups?: MergeGroups;
}

/** The groups of a graph, in the order in which they run. Of the fusions those are tried that are on. */
export function planFusion(
  graph: Graph,
  options: FusionOptions,
  { fusions = [], planLoads, mergeGroups }: FusionTable = {},
): FusionPlan {
  const isOn: Readonly<Record<string, boolean>> = { ...options.switches };
  const used = fusions.filter(({ name }) => isOn[name] ?? true);
  const uses = new Uses(graph);
  const { groups, decisions } = new FusionPlanner(graph, uses, options, used, planLoads).plan();
  const merged = mergeGroups?.(groups, uses, options) ?? { groups, decisions: [] };
  return { groups: merged.groups, decisions: [...decisions, ...merged.decisions] };
}

const NO_LOADS: LoadPlan = {
  load: new Map(),
  forks: new Map(),
  first: new Map(),
  moved: new Map(),
  decisions: [],
};

export interface FusionPlan {
  readonly groups: readonly Group[];
  readonly decisions: readonly Decision[];
}

class FusionPlanner {
  private readonly position = new Map<Node, number>();
  /** The core that a node was fused into. */
  private readonly coreOf = new Map<Node, Node>();
  private readonly store = new Map<Node, FusedNode[]>();
  /** By anchor. */
  private readonly composites = new Map<Node, Composite>();

  constructor(
    private readonly graph: Graph,
    private readonly uses: Uses,
    private readonly options: FusionOptions,
    private readonly fusions: readonly Fusion[],
    private readonly loads: PlanLoads | undefined,
  ) {
    graph.nodes.forEach((node, index) => this.position.set(node, index));
  }

  plan(): FusionPlan {
    for (const node of this.graph.nodes) this.matchFusions(node);
    for (const node of this.graph.nodes) {
      if (isElementwise(node) && this.isFree(node)) this.rideOnStore(node);
    }
    const { load, forks, first, moved, decisions } = this.planLoads();
    const timeOf = (core: Node): number => moved.get(core) ?? this.position.get(core)!;
    const groups = this.graph.nodes
      .filter((node) => !this.coreOf.has(node))
      .sort((a, b) => timeOf(a) - timeOf(b))
      .map((core): Group => {
        const store = this.store.get(core) ?? [];
        const last = store.at(-1)?.node ?? core;
        return {
          core,
          load: load.get(core) ?? null,
          first: first.get(core),
          store,
          forks: forks.get(core) ?? [],
          output: last.outputs[0],
          composite: this.composites.get(core),
        };
      });
    return { groups, decisions };
  }

  private planLoads(): LoadPlan {
    const settled = {
      ...this.options,
      nodes: this.graph.nodes,
      uses: this.uses,
      store: this.store,
      coreOf: this.coreOf,
      isPlain: (core: Node) => !this.composites.has(core),
      timeOf: (value: Value) => this.timeOf(value),
    };
    return this.loads?.(settled) ?? NO_LOADS;
  }

  /** Claims the nodes of the first fusion that computes `anchor` and others along with it. */
  private matchFusions(anchor: Node): void {
    for (const fusion of this.fusions) {
      const match = fusion.match(anchor, this.uses);
      if (!match || !this.canClaim(match, anchor)) continue;
      this.composites.set(anchor, { fusion, match });
      for (const node of match.nodes) if (node !== anchor) this.coreOf.set(node, anchor);
      return;
    }
  }

  /** Whether a match takes nodes that no other has, and values that nothing else reads. */
  private canClaim({ nodes, output }: Match, anchor: Node): boolean {
    if (nodes.at(-1) !== anchor || !nodes.every((node) => this.isFree(node))) return false;
    const inside = new Set(nodes);
    return nodes
      .flatMap(({ outputs }) => outputs)
      .filter((value) => value !== output)
      .every(
        (value) =>
          !this.uses.isOutput(value) && this.uses.of(value).every((node) => inside.has(node)),
      );
  }

  /** A node that no other kernel computes along. */
  private isFree(node: Node): boolean {
    return !this.coreOf.has(node) && !this.composites.has(node);
  }

  /** The core that computes a value, directly or with what was fused into it. */
  private coreComputing(value: Value): Node | null {
    const { producer } = value;
    return producer && (this.coreOf.get(producer) ?? producer);
  }

  /** When a value exists: the position of the core that stores it. */
  private timeOf(value: Value): number {
    const core = this.coreComputing(value);
    return core ? (this.position.get(core) ?? -1) : -1;
  }

  private rideOnStore(node: ElementwiseNode): void {
    const isFunctionOfOne = asFunctions(node).every(({ operand }) => !operand || operand.constant);
    if (!(isFunctionOfOne ? this.options.switches.activation : this.options.switches.residual))
      return;
    const candidates = asFunctions(node)
      .map((way) => ({ way, core: this.coreComputing(way.main) }))
      .filter(({ way, core }) => core !== null && this.fitsStore(way, core))
      .sort((a, b) => this.timeOf(b.way.main) - this.timeOf(a.way.main));
    const best = candidates.at(0);
    if (!best?.core) return;
    const { way, core } = best;
    this.store.set(core, [...(this.store.get(core) ?? []), way]);
    this.coreOf.set(node, core);
  }

  /** Whether the kernel of a core can take the stages of these nodes too. */
  private hasRoom(core: Node, added: readonly Node[]): boolean {
    const fused = this.store.get(core) ?? [];
    const stages = [...fused.map(({ node }) => node), ...added];
    if (isElementwise(core) && !this.composites.has(core)) stages.push(core);
    return fitsOneKernel(stages);
  }

  private fitsStore({ main, operand, node }: FusedNode, core: Node): boolean {
    const canStore = this.composites.get(core)?.fusion.canStore ?? CAN_STORE.has(core.op);
    if (!canStore || !this.uses.isPrivate(main)) return false;
    if (!this.hasRoom(core, [node])) return false;
    if (core.outputs.length !== 1) return false;
    if (operand === main) return false;
    if (!operand) return true;
    if (!operand.constant && this.timeOf(operand) >= (this.position.get(core) ?? 0)) return false;
    return this.walks(operand, node.outputs[0]);
  }

  /** Whether a stage can find the operand at the places of y. */
  private walks(operand: Value, y: Value): boolean {
    return quadsDims(y.shape) === null
      ? sameShape(operand.shape, y.shape)
      : walksInQuads(operand.shape, y.shape);
  }
}
