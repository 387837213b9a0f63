/** Contract of detection/pack.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, splitLanes } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./pack.wgsl?raw";
import { selectionLanes } from "./select.ts";
import type { NonMaxSuppressionSpec } from "./select.ts";

/** What `nonMaxSelect` with the same picks and counts has found, joined. */
export interface PackSpec extends Pick<NonMaxSuppressionSpec, "scores" | "picks" | "counts"> {
  /** as many rows as there are picks, of 3 */
  readonly selected: Flat;
  /** one element: how many of the rows count */
  readonly total: Flat;
}

export const nonMaxPack: Kernel<PackSpec> = {
  name: "detection/pack",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["picks", "u32"],
    ["counts", "u32"],
    ["selected", "u32"],
    ["total", "u32"],
    ["rows", "u32"],
    ["classes", "u32"],
    ["most", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT"],
  consts: [],
  slots: [],
  configure({ scores, picks, counts, selected, total }, device) {
    const [rows, most] = picks.shape;
    const lanes = selectionLanes(Math.max(rows, most), device);
    const grid = flatWorkgroups(rows, 1, device);
    return {
      ...splitLanes(lanes, lanes),
      params: {
        picks: picks.offset,
        counts: counts.offset,
        selected: selected.offset,
        total: total.offset,
        rows,
        classes: scores.shape[1],
        most,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
