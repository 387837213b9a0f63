/** Contract of linear/linear.wgsl. */
import { sizeOf } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { divideUp, packedLater, quadsOf, splitLanes } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./linear.wgsl?raw";

/** Invocations of a workgroup, and how many of them share the sum of a quad. */
export interface LinearLanes {
  readonly workgroup: number;
  readonly split: number;
}

/** 16 lanes a sum keep a GPU busy with few outputs; a CPU would spend more on the barriers. */
export function linearLanes({ software }: Pick<DeviceTraits, "software">): LinearLanes {
  return software ? { workgroup: 4, split: 1 } : { workgroup: 128, split: 16 };
}

export interface LinearSpec {
  /** [N, C, H, W]: I = C * H * W */
  readonly x: Quads;
  /** [N, O, 1, 1] */
  readonly y: Quads;
  /** by `packLinear` */
  readonly weight: Packed;
  readonly bias: Packed;
  /** `split` divides `workgroup`; by default those of `linearLanes`. */
  readonly lanes?: LinearLanes;
}

export const linear: Kernel<LinearSpec> = {
  name: "linear/linear",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quads", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
  ],
  overrides: ["WORKGROUP", "SPLIT", "AREA"],
  consts: [],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  configure({ x, y, weight, bias, lanes }, device) {
    const { workgroup, split } = lanes ?? linearLanes(device);
    const yQuads = quadsOf(y.channels);
    const area = x.height * x.width;
    const { overrides, imports } = splitLanes(workgroup, split);
    return {
      overrides: { ...overrides, AREA: area },
      imports,
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels) * area,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: yQuads,
        weight: weight.offset,
        bias: bias.offset,
      },
      workgroups: [divideUp(yQuads, workgroup / split), y.images, 1],
    };
  },
};

/**
 * Weights [O, C, ...] as [C quad][pixel][input lane][O quad] of vec4; what lies beyond the last
 * channel is zero.
 */
export function packLinear(weight: Tensor): Packed {
  const [outs, ins, ...map] = weight.shape;
  const area = sizeOf(map);
  const row = quadsOf(outs) * 4;
  const length = quadsOf(ins) * 4 * area * row;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let o = 0; o < outs; o++) {
      for (let i = 0; i < ins; i++) {
        const from = (o * ins + i) * area;
        const first = (i >> 2) * area * 4 + (i & 3);
        for (let pixel = 0; pixel < area; pixel++) {
          data[(first + pixel * 4) * row + o] = given[from + pixel];
        }
      }
    }
    return data;
  });
}
