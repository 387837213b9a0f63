/**
 * Lets channel shuffles, splits and concatenations move no data: producers write their channels in an
 * order, with gaps to the next quad, in which every reader finds its own in whole quads. Where the
 * gaps are estimated to cost more than a copy, the channels are copied.
 */
import type { Graph } from "../../graph/graph.ts";
import { DISPATCHES, machineOf } from "../cost.ts";
import type { Pass, PassContext } from "../passes/pass.ts";
import type { PaddingDecision } from "../plan.ts";
import { LaneCosts } from "./lane-cost.ts";
import { movesChannels } from "./moves.ts";
import { rewriteChannels } from "./rewrite.ts";
import { solveChannels } from "./solve.ts";
import { weighCopies } from "./weigh.ts";
import type { Weighed } from "./weigh.ts";

export const resolveChannels: Pass = {
  name: "resolve channels",
  run(graph: Graph, context?: PassContext) {
    if (!graph.nodes.some(movesChannels)) return;
    const { solution, decisions } = solve(graph, context);
    context?.paddings.push(...decisions);
    if (solution.reads.size + solution.gathers.size === 0) return;
    const copied = decisions.filter(({ choice }) => choice === "copy");
    const reasons = new Map(copied.map((decision) => [decision.value, reasonOf(decision)]));
    rewriteChannels(graph, solution, reasons);
  },
};

function solve(graph: Graph, context: PassContext | undefined): Weighed {
  if (!context) return { solution: solveChannels(graph), decisions: [] };
  const { device, goal } = context;
  const machine = goal === "dispatches" ? DISPATCHES : machineOf(device);
  return weighCopies(graph, new LaneCosts(machine, device));
}

function reasonOf({ value, channels, lanes, pad, copy }: PaddingDecision): string {
  const us = (nanoseconds: number): string => `${(nanoseconds / 1000).toFixed(1)} us`;
  return `"${value}": its ${channels} channels would fill ${lanes} lanes, which costs ${us(pad)}; the copy takes ${us(copy)}`;
}
