/** Contract of conv/grouped.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, packed, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";
import { WINDOW_OVERRIDES, windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./grouped.wgsl?raw";

export interface GroupedSpec extends WindowSpec {
  /** Invocations of a workgroup; 64 by default. */
  readonly workgroup?: number;
}

export const grouped: Kernel<GroupedSpec> = {
  name: "conv/grouped",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_channels", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["group_in", "u32"],
    ["group_out", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
  ],
  overrides: ["WORKGROUP", ...WINDOW_OVERRIDES],
  consts: [],
  slots: ["load_x", "store_y"],
  configure(spec) {
    const { x, y, attributes, workgroup = 64 } = spec;
    return {
      overrides: { WORKGROUP: workgroup, ...windowConstants(spec) },
      params: {
        ...windowParams(spec),
        y_channels: y.channels,
        group_in: x.channels / attributes.groups,
        group_out: y.channels / attributes.groups,
      },
      workgroups: [divideUp(y.height * y.width, workgroup), quadsOf(y.channels), y.images],
    };
  },
};

/** Weights [O, I/groups, kh, kw] as [O quad][I][tap] of vec4, a lane for each output channel. */
export function packGrouped(weight: Float32Array, shape: readonly number[]): Packed {
  const [outs, ins, kernelHeight, kernelWidth] = shape;
  const row = ins * kernelHeight * kernelWidth;
  const data = new Float32Array(quadsOf(outs) * row * 4);
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < row; i++) data[((o >> 2) * row + i) * 4 + (o & 3)] = weight[o * row + i];
  }
  return packed(data);
}
