/**
 * Decides what happens to an element-wise node, an up-sampling or a shift that rides on no store: its
 * readers compute it on their loads, the kernel that computes its input stores it too, or it is a
 * dispatch of its own; whichever costs least.
 */
import type { Node, Value } from "../graph/graph.ts";
import { sameShape } from "../graph/tensor.ts";
import {
  DISPATCHES,
  dispatchCost,
  forkCost,
  isMap,
  machineOf,
  quadCount,
  readsOf,
  rideCost,
  workOf,
} from "./cost.ts";
import type { Machine, Reads } from "./cost.ts";
import { asFunctions, fitsOneKernel } from "./elementwise-nodes.ts";
import { expressionNodes, stageNodes } from "./expression.ts";
import type { Expression, Fork, FusedNode } from "./expression.ts";
import { Candidates } from "./load-candidates.ts";
import type { Candidate } from "./load-candidates.ts";
import type { Decision } from "./plan.ts";
import { walksInQuads } from "./place.ts";
import { isFree } from "./settled.ts";
import type { Settled } from "./settled.ts";

/** What is computed elsewhere than on stores, by the core of the group. */
export interface LoadPlan {
  readonly load: ReadonlyMap<Node, Expression>;
  readonly forks: ReadonlyMap<Node, readonly Fork[]>;
  readonly first: ReadonlyMap<Node, FusedNode>;
  /** Views that have to be there earlier than they stand in the graph, and when. */
  readonly moved: ReadonlyMap<Node, number>;
  readonly decisions: readonly Decision[];
}

export type PlanLoads = (settled: Settled) => LoadPlan;

export const planLoads: PlanLoads = (settled) => {
  const planner = new LoadPlanner(settled);
  planner.plan();
  return planner;
};

/** Kernels that always write channel quads. */
const CAN_FORK = new Set<string>([
  "conv2d",
  "convTranspose2d",
  "deformSample2d",
  "shift",
  "maxPool2d",
  "averagePool2d",
  "adaptivePool2d",
  "resize",
]);

/** Operators that give a value another shape or a part of it. */
const VIEWS = new Set<string>(["slice", "reshape", "transpose"]);

/** Between the positions of two nodes there is room for a hundred views of views. */
const VIEW_TIME = 0.01;

class LoadPlanner implements LoadPlan {
  readonly load = new Map<Node, Expression>();
  readonly forks = new Map<Node, Fork[]>();
  readonly first = new Map<Node, FusedNode>();
  readonly moved = new Map<Node, number>();
  readonly decisions: Decision[] = [];

  private readonly machine: Machine;
  private readonly candidates: Candidates;

  constructor(private readonly settled: Settled) {
    const { goal, device } = settled;
    this.machine = goal === "dispatches" ? DISPATCHES : machineOf(device);
    this.candidates = new Candidates(settled);
  }

  /** Later nodes first, so that what they compute on the way is theirs. */
  plan(): void {
    for (const node of [...this.settled.nodes].reverse()) {
      if (!isFree(this.settled, node)) continue;
      const candidate = this.candidates.of(node);
      if (candidate) this.decide(node, candidate);
      else
        this.keepStages(node, this.candidates.inlineOperands(this.settled.store.get(node) ?? []));
    }
  }

  /** Whether the kernel of a core can take the stages of these nodes too. */
  private hasRoom(core: Node, added: readonly Node[], others = 0): boolean {
    const load = this.load.get(core);
    const forks = this.forks.get(core) ?? [];
    const store = [this.settled.store.get(core) ?? [], ...forks.map(({ stages }) => stages)];
    const nodes = [...(load ? expressionNodes(load) : []), ...store.flatMap(stageNodes), ...added];
    return fitsOneKernel(nodes, forks.length + others);
  }

  private decide(core: Node, candidate: Candidate): void {
    const { machine } = this;
    const { y, expression } = candidate;
    const quads = quadCount(y);
    const work = workOf(expression);
    const readers = this.readersOf(candidate);
    const load = readers && rideCost(machine, work, quads, readers.reads);
    const host = this.forkHost(candidate);
    const fork = host && forkCost(machine, workOf(host.expression), quads);
    const dispatch = dispatchCost(machine, work, quads, expression.gather);
    const least = Math.min(load ?? Infinity, fork ?? Infinity, dispatch);
    const choice =
      readers && load === least ? "load" : host && fork === least ? "fork" : "dispatch";
    this.decisions.push({ node: core.name, choice, load, fork, dispatch });
    if (choice === "load") this.rideOnLoads(readers!.nodes, core, expression);
    else if (choice === "fork") this.forkFrom(host!, core, y);
    else this.keep(core, candidate);
  }

  // ---- on the loads of readers

  private readersOf({ y, expression }: Candidate): { nodes: readonly Node[]; reads: Reads } | null {
    const { uses, device, readsOfVariant } = this.settled;
    const nodes = uses.of(y);
    if (nodes.length === 0 || uses.isOutput(y) || !this.mayRide(expression)) return null;
    const added = expressionNodes(expression);
    const reads: Reads[] = [];
    for (const reader of nodes) {
      const { inputs } = reader;
      const isFirst = inputs[0] === y && !inputs.slice(1).includes(y);
      const own = readsOf(reader, device);
      if (!isFirst || own === null || !isFree(this.settled, reader)) return null;
      if (!this.hasRoom(reader, added)) return null;
      reads.push(readsOfVariant?.(reader) ?? own);
    }
    const sum = (key: keyof Reads) => reads.reduce((total, own) => total + own[key], 0);
    return { nodes, reads: { evaluations: sum("evaluations"), holds: sum("holds") } };
  }

  /** Whether the switches let an expression ride. */
  private mayRide({ stages }: Expression): boolean {
    const { load, sumOnLoad } = this.settled.switches;
    return stages.every(({ operand }) => (isMap(operand) ? sumOnLoad : load));
  }

  private rideOnLoads(readers: readonly Node[], core: Node, expression: Expression): void {
    const [reader] = readers;
    for (const each of readers) this.load.set(each, expression);
    this.claim([core, ...expressionNodes(expression)], reader);
    this.settled.store.delete(core);
  }

  private claim(nodes: readonly Node[], core: Node): void {
    for (const node of nodes) {
      if (node === core) continue;
      this.settled.coreOf.set(node, core);
      this.settled.store.delete(node);
    }
  }

  // ---- beside the input

  /** The kernel that stores the first operand and could store the expression too. */
  private forkHost({ y, expression, first }: Candidate): Host | null {
    if (!first || !this.settled.switches.fork) return null;
    const { stages } = expression;
    const others = asFunctions(first.node).filter(({ reversed }) => reversed !== first.reversed);
    const ways = first.inlined ? [first] : [first, ...others];
    return (
      ways
        .map((way) => this.hostOf(y, [way, ...stages.slice(1)]))
        .filter((host) => host !== null)
        .sort((a, b) => this.positionOf(b.core) - this.positionOf(a.core))
        .at(0) ?? null
    );
  }

  private hostOf(y: Value, stages: readonly FusedNode[]): Host | null {
    const { store, coreOf } = this.settled;
    const [{ main: source }] = stages;
    const core = source.producer && (coreOf.get(source.producer) ?? source.producer);
    if (!core || !CAN_FORK.has(core.op) || !isFree(this.settled, core)) return null;
    const output = (store.get(core)?.at(-1)?.node ?? core).outputs[0];
    if (output !== source || !sameShape(source.shape, y.shape)) return null;
    // What nothing else reads rides on the store, or its switch is off.
    if (this.settled.uses.isPrivate(source)) return null;
    const time = this.positionOf(core);
    const isReady = leavesOf(stages).every(
      (value) => value.constant || this.readyTime(value) < time,
    );
    const fits = isReady && walks(stages) && this.hasRoom(core, stageNodes(stages), 1);
    return fits ? { core, expression: { source, gather: null, stages } } : null;
  }

  /** When a value can exist at the earliest: a view of another right after that. */
  private readyTime(value: Value): number {
    const { producer } = value;
    if (!producer || !VIEWS.has(producer.op) || !isFree(this.settled, producer)) {
      return this.settled.timeOf(value);
    }
    const [x] = producer.inputs;
    return x!.constant ? this.settled.timeOf(value) : this.readyTime(x!) + VIEW_TIME;
  }

  /** Has views be there before `time`. */
  private hasten(value: Value, time: number): void {
    const { producer } = value;
    if (!producer || this.settled.timeOf(value) < time) return;
    this.moved.set(producer, this.readyTime(value));
    for (const input of producer.inputs) if (input) this.hasten(input, time);
  }

  private positionOf(core: Node): number {
    return this.settled.timeOf(core.outputs[0]);
  }

  private forkFrom({ core: host, expression }: Host, core: Node, output: Value): void {
    const { stages } = expression;
    const time = this.positionOf(host);
    for (const leaf of leavesOf(stages)) this.hasten(leaf, time);
    this.forks.set(host, [...(this.forks.get(host) ?? []), { stages, output }]);
    this.claim([core, ...stageNodes(stages)], host);
  }

  // ---- by itself

  private keep(core: Node, { first, expression }: Candidate): void {
    const { stages } = expression;
    if (first) this.first.set(core, stages[0]);
    this.keepStages(core, first ? stages.slice(1) : stages);
    this.claim(stageNodes(stages), core);
  }

  private keepStages(core: Node, stages: readonly FusedNode[]): void {
    if (stages.length === 0) return;
    this.claim(stageNodes(stages), core);
    this.settled.store.set(core, [...stages]);
  }
}

interface Host {
  readonly core: Node;
  readonly expression: Expression;
}

/** What expressions of stages read from memory, beside the first value. */
function leavesOf(stages: readonly FusedNode[]): Value[] {
  return stages.flatMap(({ operand, inlined }) => {
    if (inlined) return [inlined.source, ...leavesOf(inlined.stages)];
    return operand ? [operand] : [];
  });
}

/** Whether operands are found at the places of y. */
function walks(stages: readonly FusedNode[]): boolean {
  return stages.every(
    ({ operand, inlined, node }) =>
      !operand || inlined || walksInQuads(operand.shape, node.outputs[0].shape),
  );
}
