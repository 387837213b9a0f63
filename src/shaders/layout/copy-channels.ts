/** Contract of layout/copy-channels.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./copy-channels.wgsl?raw";

export interface CopyChannelsSpec {
  readonly x: Quads;
  readonly y: Quads;
  /** Channels [to, to + count) of y become channels from, from + step, ... of x. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** may be negative */
  readonly step: number;
  /** Zeroes the lanes behind the last channel in its quad, which else keep what they hold. */
  readonly clear: boolean;
}

const WORKGROUP = 64;

export const copyChannels: Kernel<CopyChannelsSpec> = {
  name: "layout/copy-channels",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["area", "u32"],
    ["first_quad", "u32"],
    ["quads", "u32"],
    ["from_channel", "i32"],
    ["step", "i32"],
    ["to_channel", "i32"],
    ["channels", "i32"],
    ["clear_from", "i32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, from, to, count, step, clear }, device) {
    const area = y.height * y.width;
    const firstQuad = Math.floor(to / 4);
    const quads = quadsOf(to + count) - firstQuad;
    const invocations = y.images * quads * area;
    const grid = flatWorkgroups(invocations, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        area,
        first_quad: firstQuad,
        quads,
        from_channel: from,
        step,
        to_channel: to,
        channels: count,
        clear_from: clear ? to + count : 4 * quadsOf(to + count),
        count: invocations,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
