/** Contract of reduce/global-average.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, quadsOf, splitLanes } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./global-average.wgsl?raw";

export interface GlobalAverageSpec {
  readonly x: Quads;
  /** of one pixel */
  readonly y: Quads;
}

export const globalAverage: Kernel<GlobalAverageSpec> = {
  name: "reduce/global-average",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["area", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["quads", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT"],
  consts: [],
  slots: ["load_x", "store_y"],
  holds: true,
  configure({ x, y }, device) {
    // Barriers cost more than they save on a CPU: there every lane takes a whole plane.
    const [workgroup, split] = device.software ? [4, 1] : [64, 64];
    const quads = quadsOf(x.channels);
    const count = x.images * quads;
    const grid = flatWorkgroups(count, workgroup / split, device);
    return {
      ...splitLanes(workgroup, split),
      params: {
        x: x.offset,
        x_image: x.imageStride,
        area: x.height * x.width,
        y: y.offset,
        y_image: y.imageStride,
        quads,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
