/**
 * Lets channel shuffles, splits and concatenations move no data: producers write their channels in an
 * order, with gaps to the next quad, in which every reader finds its own in whole quads.
 */
import type { Graph } from "../../graph/graph.ts";
import type { Pass } from "../passes/pass.ts";
import { movesChannels } from "./moves.ts";
import { rewriteChannels } from "./rewrite.ts";
import { solveChannels } from "./solve.ts";

export const resolveChannels: Pass = {
  name: "resolve channels",
  run(graph: Graph) {
    if (!graph.nodes.some(movesChannels)) return;
    const solution = solveChannels(graph);
    if (solution.reads.size > 0) rewriteChannels(graph, solution);
  },
};
