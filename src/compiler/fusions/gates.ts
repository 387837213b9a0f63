/** The fusions of gates: loaded, with their kernel and the pass before them, when a graph may have them. */
import type { LowerTable } from "../lower/lower.ts";
import { unfoldBranchSums } from "../passes/unfold-branch-sums.ts";
import { splitAttention } from "./split-attention.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export const GATES: LowerTable = {
  passes: [[unfoldBranchSums, "splitAttention"]],
  fusions: [splitAttention, squeezeExcite],
};
