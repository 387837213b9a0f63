/** Contract of topk/select.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, rowsOf, splitLanes } from "../spec.ts";
import { mostChunks, TOP_K_PARAMS, topKParams } from "./rows.ts";
import type { TopKSpec } from "./rows.ts";
import source from "./select.wgsl?raw";
import rows from "./rows.wgsl?raw";

export const topKSelect: Kernel<TopKSpec> = {
  name: "topk/select",
  source,
  files: { "topk/rows": rows },
  bindings: COMPUTE_BINDINGS,
  params: TOP_K_PARAMS,
  overrides: ["WORKGROUP", "SPLIT", "LARGEST"],
  consts: [],
  slots: [],
  configure(spec, device) {
    const params = topKParams(spec, device);
    // One lane needs no barrier.
    const workgroup = device.software ? 1 : Math.min(256, device.maxInvocationsPerWorkgroup);
    const grid = flatWorkgroups(params.rows, 1, device);
    const { overrides, imports } = splitLanes(workgroup, workgroup);
    return {
      overrides: { ...overrides, LARGEST: Number(spec.largest) },
      imports,
      params: { ...params, grid_width: grid.width },
      workgroups: grid.workgroups,
    };
  },
};

/** f32s of scratch that top-k along an axis of x needs, the same for every k. */
export function topKScratch(shape: readonly number[], axis: number, _k: number): number {
  const { size, count } = rowsOf(shape, axis);
  return 2 * count * mostChunks(size);
}
