/** Contract of gather/channels.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./channels.wgsl?raw";

export interface GatherChannelsSpec {
  readonly x: Quads;
  readonly y: Quads;
  /** Which channel of x each channel of y is, by `packChannels`. */
  readonly channels: Packed;
}

const WORKGROUP = 64;

export const gatherChannels: Kernel<GatherChannelsSpec> = {
  name: "gather/channels",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["area", "u32"],
    ["channels", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: [],
  configure({ x, y, channels }) {
    const area = y.height * y.width;
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        area,
        channels: channels.offset,
      },
      workgroups: [divideUp(area, WORKGROUP), quadsOf(y.channels), y.images],
    };
  },
};

/** Lanes behind the last channel get the first one of x. */
export function packChannels(channels: ArrayLike<number>): Packed {
  const data = new Float32Array(quadsOf(channels.length) * 8);
  Array.from(channels).forEach((channel, i) => {
    const at = (i >> 2) * 8 + (i & 3);
    data[at] = channel % 2048;
    data[at + 4] = Math.floor(channel / 2048);
  });
  return { offset: 0, data };
}
