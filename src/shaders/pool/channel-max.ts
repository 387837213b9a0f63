/** Contract of pool/channel-max.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./channel-max.wgsl?raw";

export interface ChannelMaxSpec {
  readonly x: Quads;
  readonly y: Quads;
}

const WORKGROUP = 64;

export const channelMax: Kernel<ChannelMaxSpec> = {
  name: "pool/channel-max",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_channels", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_channels", "u32"],
    ["area", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: ["load_x", "store_y"],
  configure({ x, y }, device) {
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_channels: x.channels,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_channels: y.channels,
        area: y.height * y.width,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
