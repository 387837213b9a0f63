/** Contract of conv/transposed.wgsl. */
import type { ConvTranspose2dAttributes } from "../../graph/attributes.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, packedLater, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";
import type { Tile } from "./pointwise.ts";
import { blockImports } from "./weights.ts";
import { WINDOW_OVERRIDES, windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./transposed.wgsl?raw";

export interface TransposedSpec extends WindowSpec {
  readonly attributes: ConvTranspose2dAttributes;
  /** `quads` is 1 unless there is one group, or groups begin on quads and it divides those of y. */
  readonly tile: Tile;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/** The first quad of x that holds the groups of a quad of y. */
function firstQuad(quad: number, groupIn: number, groupOut: number): number {
  return Math.floor((Math.floor((4 * quad) / groupOut) * groupIn) / 4);
}

/** Quads of x that the groups of any one quad of y lie in. */
export function spanOf(groupIn: number, groupOut: number, groups: number): number {
  const outs = groupOut * groups;
  const spans = Array.from({ length: quadsOf(outs) }, (_, quad) => {
    const last = Math.floor(Math.min(4 * quad + 3, outs - 1) / groupOut);
    return quadsOf((last + 1) * groupIn) - firstQuad(quad, groupIn, groupOut);
  });
  return Math.max(...spans);
}

export const transposed: Kernel<TransposedSpec> = {
  name: "conv/transposed",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["x_quads", "u32"],
    ["x_all_quads", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["group_in", "u32"],
    ["group_out", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
    ["phases", "u32"],
    ["tiles", "u32"],
  ],
  overrides: ["WORKGROUP", ...WINDOW_OVERRIDES, "STEP_H", "STEP_W", "HOP_H", "HOP_W"],
  consts: ["TILE_PIXELS", "TILE_QUADS"],
  slots: ["store_y"],
  storesOnce: true,
  configure(spec, device) {
    const { x, y, tile, attributes } = spec;
    const { stride, dilation, groups } = attributes;
    const common = stride.map((step, axis) => greatestCommonDivisor(step, dilation[axis]));
    const [groupIn, groupOut] = [x.channels / groups, y.channels / groups];
    const size = [y.height, y.width];
    const phases = size.map((pixels, axis) => Math.min(stride[axis], pixels));
    const [rows, columns] = size.map((pixels, axis) => divideUp(pixels, stride[axis]));
    const tiles = divideUp(rows * columns, tile.workgroup * tile.pixels);
    return {
      overrides: {
        WORKGROUP: tile.workgroup,
        ...windowConstants(spec),
        STEP_H: stride[0] / common[0],
        STEP_W: stride[1] / common[1],
        HOP_H: dilation[0] / common[0],
        HOP_W: dilation[1] / common[1],
      },
      consts: { TILE_PIXELS: tile.pixels, TILE_QUADS: tile.quads },
      imports: blockImports(device, tile),
      params: {
        ...windowParams(spec),
        x_quads: spanOf(groupIn, groupOut, groups),
        x_all_quads: quadsOf(x.channels),
        y_quads: quadsOf(y.channels),
        group_in: groupIn,
        group_out: groupOut,
        phases: phases[1],
        tiles,
      },
      workgroups: [
        phases[0] * phases[1] * tiles,
        divideUp(quadsOf(y.channels), tile.quads),
        y.images,
      ],
    };
  },
};

/**
 * Weights [C, O/groups, kh, kw] as 4 x 4 blocks: [O quad][tap][C quad of those that its groups lie
 * in][input lane][output lane]. Blocks are zero between channels of different groups.
 */
export function packTransposed(weight: Tensor, groups: number): Packed {
  const [channels, groupOut, kernelHeight, kernelWidth] = weight.shape;
  const taps = kernelHeight * kernelWidth;
  const groupIn = channels / groups;
  const outs = groupOut * groups;
  const span = spanOf(groupIn, groupOut, groups);
  const length = quadsOf(outs) * taps * span * 16;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let o = 0; o < outs; o++) {
      const quad = o >> 2;
      const first = Math.min(firstQuad(quad, groupIn, groupOut), quadsOf(channels) - span);
      const group = Math.floor(o / groupOut);
      for (let c = group * groupIn; c < (group + 1) * groupIn; c++) {
        const from = (c * groupOut + (o % groupOut)) * taps;
        const block = (c >> 2) - first;
        for (let tap = 0; tap < taps; tap++) {
          const to = ((quad * taps + tap) * span + block) * 16;
          data[to + (c & 3) * 4 + (o & 3)] = given[from + tap];
        }
      }
    }
    return data;
  });
}
