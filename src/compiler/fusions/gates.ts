/** The fusions of gates: loaded, with their kernel and the passes before them, when a graph may have them. */
import type { LowerTable } from "../lower/lower.ts";
import { padBranchGates } from "../passes/pad-branch-gates.ts";
import { unfoldBranchSums } from "../passes/unfold-branch-sums.ts";
import { efficientChannelAttention } from "./efficient-channel-attention.ts";
import { splitAttention } from "./split-attention.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export const GATES: LowerTable = {
  passes: [[unfoldBranchSums, "splitAttention"]],
  lastPasses: [[padBranchGates, "splitAttention"]],
  fusions: [splitAttention, squeezeExcite, efficientChannelAttention],
};
