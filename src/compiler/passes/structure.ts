/** Passes and operators of graphs that branch, move elements or pool by windows: loaded for those only. */
import { resolveChannels } from "../channels/resolve-channels.ts";
import { lowerChannelGather } from "../lower/channel-gather.ts";
import { lowerConcat } from "../lower/concat.ts";
import type { LowerTable } from "../lower/lower.ts";
import { lowerSlice, lowerTranspose } from "../lower/structure.ts";
import { convolveMaps } from "./convolve-maps.ts";
import { distributeOverConcat } from "./distribute-over-concat.ts";
import { foldAveragePool } from "./fold-average-pool.ts";
import { foldFocus } from "./fold-focus.ts";
import { hoistMoves } from "./hoist-moves.ts";
import { mergeBranches } from "./merge-branches.ts";
import { poolStridedSlices } from "./pool-strided-slices.ts";

export const STRUCTURE: LowerTable = {
  channelGather: lowerChannelGather,
  concat: lowerConcat,
  slice: lowerSlice,
  transpose: lowerTranspose,
  lastPasses: [
    [foldAveragePool, "averagePool"],
    [convolveMaps, "flatten"],
    [foldFocus, "focus"],
    [poolStridedSlices, null],
    [distributeOverConcat, "distribute"],
    [mergeBranches, "branches"],
    [resolveChannels, "channels"],
    [hoistMoves, null],
  ],
};
