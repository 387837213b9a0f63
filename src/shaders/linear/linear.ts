/** Contract of linear/linear.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf, splitLanes } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./linear.wgsl?raw";

export interface LinearSpec {
  /** [N, I, 1, 1] */
  readonly x: Quads;
  /** [N, O, 1, 1] */
  readonly y: Quads;
  /** by `packLinear` */
  readonly weight: Packed;
  readonly bias: Packed;
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
  overrides: ["WORKGROUP", "SPLIT"],
  consts: [],
  slots: ["load_x", "store_y"],
  configure({ x, y, weight, bias }, device) {
    // 16 lanes a sum keep a GPU busy with few outputs; a CPU would spend more on the barriers.
    const [workgroup, split] = device.software ? [4, 1] : [128, 16];
    const yQuads = quadsOf(y.channels);
    return {
      ...splitLanes(workgroup, split),
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels),
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

/** Weights [O, I] as [I][O quad] of vec4; rows up to the quad's end, and unused lanes, are zero. */
export function packLinear(weight: Float32Array, shape: readonly number[]): Packed {
  const [outs, ins] = shape;
  const row = quadsOf(outs) * 4;
  const data = new Float32Array(quadsOf(ins) * 4 * row);
  for (let o = 0; o < outs; o++) {
    for (let i = 0; i < ins; i++) data[i * row + o] = weight[o * ins + i];
  }
  return { offset: 0, data };
}
