/** Contract of conv/depthwise.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import { windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import source from "./depthwise.wgsl?raw";

/** Rows and columns that one invocation computes, and invocations of a workgroup. */
export interface DepthwiseTile {
  readonly height: number;
  readonly width: number;
  readonly workgroup: number;
}

export interface DepthwiseSpec extends WindowSpec {
  readonly tile: DepthwiseTile;
}

export const depthwise: Kernel<DepthwiseSpec> = {
  name: "conv/depthwise",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
    ["tiles", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [
    "TILE_H",
    "TILE_W",
    "KERNEL_H",
    "KERNEL_W",
    "STRIDE_H",
    "STRIDE_W",
    "DILATION_H",
    "DILATION_W",
    "SPAN_W",
    "STEP_W",
  ],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
  configure(spec) {
    const { y, tile } = spec;
    const tilesAcross = divideUp(y.width, tile.width);
    const tilesDown = divideUp(y.height, tile.height);
    return {
      overrides: { WORKGROUP: tile.workgroup },
      consts: {
        ...windowConstants(spec),
        TILE_H: tile.height,
        TILE_W: tile.width,
        ...columnConstants(spec),
      },
      params: { ...windowParams(spec), tiles: tilesAcross },
      workgroups: [
        divideUp(tilesAcross * tilesDown, tile.workgroup),
        quadsOf(y.channels),
        y.images,
      ],
    };
  },
};

/** Which columns a tile reads: `SPAN_W` of them, `STEP_W` apart. */
export function columnConstants({
  tile,
  kernel,
  attributes,
}: Pick<DepthwiseSpec, "kernel" | "attributes"> & {
  readonly tile: Pick<DepthwiseTile, "width">;
}): { readonly STEP_W: number; readonly SPAN_W: number } {
  const [, stride] = attributes.stride;
  const [, dilation] = attributes.dilation;
  const step = greatestCommonDivisor(stride, dilation);
  const span = ((tile.width - 1) * stride + (kernel[1] - 1) * dilation) / step + 1;
  return { STEP_W: step, SPAN_W: span };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
