/** Contract of norm/group.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, quadsOf, rowLanes, splitLanes } from "../spec.ts";
import type { Quads } from "../spec.ts";
import deviation from "./deviation.wgsl?raw";
import source from "./group.wgsl?raw";

export interface GroupNormSpec {
  readonly x: Quads;
  /** of the shape of x */
  readonly y: Quads;
  readonly groups: number;
  readonly epsilon: number;
}

/** Whether the groups lie in quads as the kernel wants it. */
export function fitsGroupNorm(channels: number, groups: number): boolean {
  const each = channels / groups;
  return each <= 2 || each % 4 === 0;
}

export const group: Kernel<GroupNormSpec> = {
  name: "norm/group",
  source,
  files: { "norm/deviation": deviation },
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["area", "u32"],
    ["quads", "u32"],
    ["groups", "u32"],
    ["count", "u32"],
    ["epsilon", "f32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT", "TOGETHER"],
  consts: [],
  slots: ["store_y"],
  configure({ x, y, groups, epsilon }, device) {
    const each = x.channels / groups;
    const quads = quadsOf(each);
    const perImage = quadsOf(x.channels) / quads;
    const count = x.images * perImage;
    const area = x.height * x.width;
    const rows = { outer: count, size: quads * area, inner: 1, count };
    const [workgroup, split] = rowLanes(rows, device);
    const grid = flatWorkgroups(count, workgroup / split, device);
    const { overrides, imports } = splitLanes(workgroup, split);
    return {
      overrides: { ...overrides, TOGETHER: Math.min(each, 4) },
      imports,
      params: {
        x: x.offset,
        x_image: x.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        area,
        quads,
        groups: perImage,
        count,
        epsilon,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
