/**
 * Weighs lanes against copies. Where channels fill few lanes of the quads in which all readers find
 * theirs, producers and consumers may take longer for the lanes without a channel than one dispatch
 * takes that puts the channels together.
 */
import type { Graph, Value } from "../../graph/graph.ts";
import { quadsOf } from "../../shaders/spec.ts";
import { gatherCost } from "../cost.ts";
import type { PaddingDecision } from "../plan.ts";
import { operandsOf } from "./attempt.ts";
import type { Solution } from "./attempt.ts";
import type { LaneCosts } from "./lane-cost.ts";
import { isStructural } from "./moves.ts";
import { solveChannels } from "./solve.ts";

export interface Weighed {
  readonly solution: Solution;
  readonly decisions: readonly PaddingDecision[];
}

/** Lanes that are read to those that are needed: a copy reads and writes them all to save the others. */
const LEAST_RATIO = 1.25;

/** Values alike, which are decided together. */
interface Candidates {
  readonly values: readonly Value[];
  /** By value, the lanes that are read where nothing is copied. */
  readonly lanes: ReadonlyMap<Value, number>;
}

/** `costs`: by which machine. */
export function weighCopies(graph: Graph, costs: LaneCosts): Weighed {
  const gathered = new Set<Value>();
  const decisions: PaddingDecision[] = [];
  let solution = solveChannels(graph);
  let cost = costs.ofSolution(solution);
  for (const { values, lanes } of candidatesOf(solution, costs)) {
    const tried = solveChannels(graph, new Set([...gathered, ...values]));
    const triedCost = costs.ofSolution(tried);
    const copies = sumOf(values, (value) =>
      tried.gathers.has(value) ? costs.ofGather(value, tried) : 0,
    );
    const isBetter = triedCost < cost;
    for (const value of values) {
      decisions.push({
        value: value.name,
        choice: isBetter ? "copy" : "pad",
        channels: value.shape[1],
        lanes: lanes.get(value)!,
        pad: (cost - triedCost + copies) / values.length,
        copy: copies / values.length,
      });
    }
    if (!isBetter) continue;
    for (const value of values) gathered.add(value);
    solution = tried;
    cost = triedCost;
  }
  return { solution, decisions };
}

/** Those that could pay: what padding costs around them is more than a copy. */
function candidatesOf(solution: Solution, costs: LaneCosts): Candidates[] {
  const alike = new Map<string, Value[]>();
  const lanes = new Map<Value, number>();
  const excess = excessByValue(solution, costs);
  for (const [node, role] of solution.roles) {
    for (const index of operandsOf(role)) {
      const value = node.inputs[index]!;
      const read = solution.reads.get(node)?.get(index);
      const groups = role.kind === "dense" ? role.groups : 1;
      const least = 4 * groups * quadsOf(value.shape[1] / groups);
      const isWide = read !== undefined && read.lanes.length >= LEAST_RATIO * least;
      if (!isWide || lanes.has(value) || !canGather(value, solution)) continue;
      const { owners } = solution.channelsOf(value)!;
      const around = sumOf([...new Set(owners)], (owner) => excess(owner));
      const [n, channels, height, width] = value.shape;
      const copy = gatherCost(costs.machine, n * Math.ceil(channels / 4) * height * width);
      if (around <= copy) continue;
      lanes.set(value, read.lanes.length);
      const key = `${value.producer!.op} ${value.shape.join("x")} ${node.op}`;
      alike.set(key, [...(alike.get(key) ?? []), value]);
    }
  }
  return [...alike.values()].map((values) => ({ values, lanes }));
}

function canGather(value: Value, { lanes, channelsOf }: Solution): boolean {
  const { producer } = value;
  const isMoved = producer !== null && isStructural(producer) && !lanes.has(value);
  const isMap = value.shape.length === 4 && value.dtype === "float32";
  return isMoved && isMap && channelsOf(value) !== null;
}

/** By value, what is lost to its lanes without a channel, and to those of values in the same lanes. */
function excessByValue(solution: Solution, costs: LaneCosts): (value: Value) => number {
  const parent = new Map<Value, Value>();
  const rootOf = (value: Value): Value => {
    let root = value;
    for (let next = parent.get(root); next && next !== root; next = parent.get(root)) root = next;
    return root;
  };
  const ownersOf = (value: Value): Value[] => [...new Set(solution.channelsOf(value)!.owners)];
  for (const [node, role] of solution.roles) {
    if (role.kind !== "lanewise") continue;
    for (const index of role.tied) {
      for (const owner of ownersOf(node.inputs[index]!)) {
        parent.set(rootOf(owner), rootOf(node.outputs[0]));
      }
    }
  }
  const sums = new Map<Value, number>();
  for (const [node, role] of solution.roles) {
    if (role.kind === "opaque") continue;
    const touched: Value[] = [node.outputs[0], ...ownersOf(node.inputs[0]!)];
    const excess = costs.excess(node, solution);
    for (const root of new Set(touched.map(rootOf))) {
      sums.set(root, (sums.get(root) ?? 0) + excess);
    }
  }
  return (value) => sums.get(rootOf(value)) ?? 0;
}

function sumOf<T>(list: readonly T[], numberOf: (each: T) => number): number {
  return list.reduce((sum, each) => sum + numberOf(each), 0);
}
