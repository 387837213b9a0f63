/** Contract of pool/max-unpool.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, flatWorkgroups, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./max-unpool.wgsl?raw";

export interface MaxUnpoolSpec {
  readonly x: Quads;
  /** of the shape of x */
  readonly indices: Quads;
  readonly y: Quads;
}

const WORKGROUP = 64;

export const maxUnpool: Kernel<MaxUnpoolSpec> = {
  name: "pool/max-unpool",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_area", "u32"],
    ["indices", "u32"],
    ["indices_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_area", "u32"],
    ["quads", "u32"],
    ["part", "u32"],
    ["parts", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, indices, y }, device) {
    const area = y.height * y.width;
    // Every part reads all indices: on a CPU a few lanes are enough.
    const part = divideUp(area, device.software ? 4 : WORKGROUP);
    const parts = divideUp(area, part);
    const quads = quadsOf(y.channels);
    const count = y.images * quads * parts;
    const workgroup = device.software ? 4 : WORKGROUP;
    const grid = flatWorkgroups(count, workgroup, device);
    return {
      overrides: { WORKGROUP: workgroup },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_area: x.height * x.width,
        indices: indices.offset,
        indices_image: indices.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        y_area: area,
        quads,
        part,
        parts,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
