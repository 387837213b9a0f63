/** Contract of conv/grouped.wgsl. */
import type { Tensor } from "../../graph/tensor.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, packedLater, quadsOf } from "../spec.ts";
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
export function packGrouped(weight: Tensor): Packed {
  const [outs, ins, kernelHeight, kernelWidth] = weight.shape;
  const row = ins * kernelHeight * kernelWidth;
  const length = quadsOf(outs) * row * 4;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let o = 0; o < outs; o++) {
      for (let i = 0; i < row; i++) data[((o >> 2) * row + i) * 4 + (o & 3)] = given[o * row + i];
    }
    return data;
  });
}
