/** Passes for graphs that branch, move channels or pool by windows: loaded for those only. */
import { resolveChannels } from "../channels/resolve-channels.ts";
import type { LowerTable } from "../lower/lower.ts";
import { convolveMaps } from "./convolve-maps.ts";
import { distributeOverConcat } from "./distribute-over-concat.ts";
import { foldAveragePool } from "./fold-average-pool.ts";
import { foldFocus } from "./fold-focus.ts";
import { hoistMoves } from "./hoist-moves.ts";
import { mergeBranches } from "./merge-branches.ts";

export const STRUCTURE: LowerTable = {
  lastPasses: [
    [foldAveragePool, "averagePool"],
    [convolveMaps, "flatten"],
    [foldFocus, "focus"],
    [distributeOverConcat, "distribute"],
    [mergeBranches, "branches"],
    [resolveChannels, "channels"],
    [hoistMoves, null],
  ],
};
