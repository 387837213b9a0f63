/** Contract of conv/pointwise-depthwise.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp } from "../spec.ts";
import { columnConstants } from "./depthwise.ts";
import { FUSED_PARAMS, fusedParams } from "./depthwise-pointwise.ts";
import type { DepthwisePointwiseSpec } from "./depthwise-pointwise.ts";
import { blockImports } from "./weights.ts";
import { windowConstants } from "./window.ts";
import source from "./pointwise-depthwise.wgsl?raw";

/** Columns, rows and quads of y that an invocation computes, and invocations of a workgroup. */
export interface StripTile {
  readonly width: number;
  readonly height: number;
  readonly quads: number;
  readonly workgroup: number;
}

/** `weight`, `bias`, `kernel` and `attributes` are those of the depthwise convolution. */
export interface PointwiseDepthwiseSpec extends Omit<DepthwisePointwiseSpec, "tile"> {
  readonly tile: StripTile;
  /** A stage in the slot `store_z` stores what lies between: y has its size, and the stride is 1. */
  readonly storesBetween: boolean;
}

/** What a strip of a width reads of a row: columns, `step` apart, and those inside of the map. */
export interface StripColumns {
  readonly step: number;
  readonly span: number;
  /** The first that some strip has inside of the map, and how many. */
  readonly from: number;
  readonly live: number;
}

type Sizes = Pick<PointwiseDepthwiseSpec, "kernel" | "attributes">;

/** `xWidth` and `yWidth` are those of the maps. */
export function stripColumns(
  { kernel, attributes }: Sizes,
  width: number,
  xWidth: number,
  yWidth: number,
): StripColumns {
  const { STEP_W: step, SPAN_W: span } = columnConstants({ kernel, attributes, tile: { width } });
  // Several strips have their borders at different columns.
  if (width < yWidth) return { step, span, from: 0, live: span };
  const left = attributes.padding[1];
  const isLive = (s: number): boolean => s * step >= left && s * step < left + xWidth;
  const columns = Array.from({ length: span }, (_, s) => s).filter(isLive);
  return { step, span, from: columns[0] ?? 0, live: Math.max(1, columns.length) };
}

/** Rows between the first and the last that a window reads. */
export function windowRows({ kernel, attributes }: Sizes): number {
  return (kernel[0] - 1) * attributes.dilation[0] + 1;
}

export const pointwiseDepthwise: Kernel<PointwiseDepthwiseSpec> = {
  name: "conv/pointwise-depthwise",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [...FUSED_PARAMS, ["strips_across", "u32"], ["strips", "u32"], ["tile_rows", "u32"]],
  overrides: ["WORKGROUP"],
  consts: [
    "TILE_W",
    "TILE_QUADS",
    "KERNEL_H",
    "KERNEL_W",
    "STRIDE_H",
    "STRIDE_W",
    "DILATION_H",
    "DILATION_W",
    "SPAN_W",
    "STEP_W",
    "LIVE_FROM",
    "LIVE_W",
    "ROWS",
    "PENDING",
    "STORES_Z",
    "Z_FROM",
  ],
  slots: ["load_x", "store_between", "store_z", "store_y"],
  holds: true,
  configure(spec, device) {
    const { x, y, tile, storesBetween, attributes } = spec;
    const across = divideUp(y.width, tile.width);
    const strips = across * divideUp(y.height, tile.height);
    const { step, span, from, live } = stripColumns(spec, tile.width, x.width, y.width);
    const rows = windowRows(spec);
    const params = fusedParams(spec);
    return {
      overrides: { WORKGROUP: tile.workgroup },
      consts: {
        ...windowConstants(spec),
        TILE_W: tile.width,
        TILE_QUADS: tile.quads,
        SPAN_W: span,
        STEP_W: step,
        LIVE_FROM: from,
        LIVE_W: live,
        ROWS: rows,
        PENDING: divideUp(rows, attributes.stride[0]),
        STORES_Z: storesBetween,
        Z_FROM: storesBetween ? attributes.padding[1] : 0,
      },
      imports: blockImports(device),
      params: { ...params, strips_across: across, strips, tile_rows: tile.height },
      workgroups: [
        divideUp(strips, tile.workgroup),
        divideUp(params.y_quads, tile.quads),
        y.images,
      ],
    };
  },
};
