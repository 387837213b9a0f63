/** Contract of topk/chunk-best.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups } from "../spec.ts";
import { TOP_K_PARAMS, topKParams } from "./rows.ts";
import type { TopKSpec } from "./rows.ts";
import source from "./chunk-best.wgsl?raw";
import rows from "./rows.wgsl?raw";

const WORKGROUP = 64;

/** Must run before `topKSelect` with the same spec. */
export const topKChunkBest: Kernel<TopKSpec> = {
  name: "topk/chunk-best",
  source,
  files: { "topk/rows": rows },
  bindings: COMPUTE_BINDINGS,
  params: TOP_K_PARAMS,
  overrides: ["WORKGROUP", "LARGEST"],
  consts: [],
  slots: [],
  configure(spec, device) {
    const params = topKParams(spec, device);
    const grid = flatWorkgroups(params.rows * params.chunks, WORKGROUP, device);
    return {
      overrides: { WORKGROUP, LARGEST: Number(spec.largest) },
      params: { ...params, grid_width: grid.width },
      workgroups: grid.workgroups,
    };
  },
};
