/** Contract of gate/channel-conv.wgsl. */
import type { Tensor } from "../../graph/tensor.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { packedLater, quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./channel-conv.wgsl?raw";
import { lanesOf, splitOf } from "./gate.ts";

export interface ChannelConvSpec {
  /** [N, C, H, W] */
  readonly x: Quads;
  /** `channelConvBetween` vec4s an image. */
  readonly between: Quads;
  /** [N, C, 1, 1] */
  readonly y: Quads;
  readonly taps: ChannelTaps;
  /** by `packChannelTaps` */
  readonly weight: Packed;
}

/** Which channels an output reads: c + t * dilation - padding, for each of the taps t. */
export interface ChannelTaps {
  readonly taps: number;
  readonly dilation: number;
  readonly padding: number;
}

/** vec4s an image that the kernel keeps between its steps. */
export function channelConvBetween(channels: number, device: DeviceTraits): number {
  return quadsOf(channels) + lanesOf(device);
}

/** Quads on each side of an output's own that its taps meet. */
function reachOf({ taps, dilation, padding }: ChannelTaps): number {
  return quadsOf(Math.max(padding, (taps - 1) * dilation - padding));
}

export const channelConv: Kernel<ChannelConvSpec> = {
  name: "gate/channel-conv",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["area", "u32"],
    ["channels", "u32"],
    ["quads", "u32"],
    ["split", "u32"],
    ["between", "u32"],
    ["between_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["weight", "u32"],
    ["reach", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: ["store_y"],
  configure({ x, between, y, taps, weight }, device) {
    const quads = quadsOf(y.channels);
    return {
      overrides: { WORKGROUP: lanesOf(device) },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        area: x.height * x.width,
        channels: y.channels,
        quads,
        split: splitOf(quads, device),
        between: between.offset,
        between_image: between.imageStride,
        y: y.offset,
        y_image: y.imageStride,
        weight: weight.offset,
        reach: reachOf(taps),
      },
      workgroups: [y.images, 1, 1],
    };
  },
};

/**
 * Weights of the taps, and a bias or null, as blocks [quad distance][input lane] of vec4 over output
 * lanes, from the farthest quad before to the farthest behind, and the bias in four lanes.
 */
export function packChannelTaps(weight: Tensor, bias: Tensor | null, taps: ChannelTaps): Packed {
  const reach = reachOf(taps);
  const length = 16 * (2 * reach + 1) + 4;
  return packedLater(length, () => {
    const data = new Float32Array(length);
    for (let t = 0; t < taps.taps; t++) {
      const distance = t * taps.dilation - taps.padding;
      for (let lane = 0; lane < 4; lane++) {
        const from = 4 * reach + lane + distance;
        data[from * 4 + lane] = weight.data[t];
      }
    }
    if (bias) data.fill(bias.data[0], length - 4);
    return data;
  });
}
