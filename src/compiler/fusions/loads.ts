/** What is computed on loads: loaded for graphs in which something cannot ride on a store. */
import { planLoads } from "../fusion-load.ts";
import type { LowerTable } from "../lower/lower.ts";
import { sinkSummands } from "../passes/sink-summands.ts";

export const LOADS: LowerTable = {
  planLoads,
  lastPasses: [[sinkSummands, "bilinearOnLoad"]],
};
