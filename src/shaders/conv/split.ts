/** Contracts of conv/pointwise-split.wgsl and conv/direct-split.wgsl: sums shared by a workgroup. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import { pointwise } from "./pointwise.ts";
import type { PointwiseSpec } from "./pointwise.ts";
import { WINDOW_OVERRIDES, windowConstants, windowParams } from "./window.ts";
import type { WindowSpec } from "./window.ts";
import directSource from "./direct-split.wgsl?raw";
import foldSlices from "./fold-slices.wgsl?raw";
import pointwiseSource from "./pointwise-split.wgsl?raw";

/** `split` slices of `lanes` invocations, each of which adds up `pixels` x `quads`. */
export interface SplitTile {
  readonly lanes: number;
  readonly split: number;
  readonly pixels: number;
  readonly quads: number;
}

export const SPLIT_TILES: readonly SplitTile[] = [
  { lanes: 8, split: 8, pixels: 2, quads: 1 },
  { lanes: 8, split: 16, pixels: 2, quads: 1 },
  { lanes: 16, split: 8, pixels: 1, quads: 2 },
  { lanes: 16, split: 16, pixels: 2, quads: 1 },
  { lanes: 8, split: 16, pixels: 4, quads: 1 },
  { lanes: 8, split: 8, pixels: 4, quads: 2 },
];

/** Bytes of workgroup memory: 16384 are allowed everywhere. */
export function splitTileBytes({ lanes, split, pixels, quads }: SplitTile): number {
  return 16 * lanes * split * pixels * quads;
}

/** Whether a device has workgroups as large as the tile's. */
export function fitsSplitTile({ lanes, split }: SplitTile, device: DeviceTraits): boolean {
  return lanes * split <= device.maxInvocationsPerWorkgroup;
}

export interface PointwiseSplitSpec extends Omit<PointwiseSpec, "tile"> {
  readonly tile: SplitTile;
}

/** Channels of a group of x and of y must be multiples of 4 unless there is one group. */
export interface DirectSplitSpec extends WindowSpec {
  /** `quads` must divide the quads of a group of y, or be 1. */
  readonly tile: SplitTile;
}

const COMMON = {
  files: { "conv/fold-slices": foldSlices },
  bindings: COMPUTE_BINDINGS,
  consts: ["LANES", "SPLIT", "TILE_PIXELS", "TILE_QUADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  holds: true,
} as const;

function constsOf({ lanes, split, pixels, quads }: SplitTile): Record<string, number> {
  return { LANES: lanes, SPLIT: split, TILE_PIXELS: pixels, TILE_QUADS: quads };
}

function workgroupsOf({ y, tile }: Pick<DirectSplitSpec, "y" | "tile">) {
  const { lanes, pixels, quads } = tile;
  const columns = divideUp(y.height * y.width, lanes * pixels);
  return [columns, divideUp(quadsOf(y.channels), quads), y.images] as const;
}

export const pointwiseSplit: Kernel<PointwiseSplitSpec> = {
  ...COMMON,
  name: "conv/pointwise-split",
  source: pointwiseSource,
  params: pointwise.params,
  overrides: [],
  configure(spec) {
    const { x, y, weight, bias } = spec;
    return {
      consts: constsOf(spec.tile),
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels),
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        weight: weight.offset,
        bias: bias.offset,
        area: y.height * y.width,
      },
      workgroups: workgroupsOf(spec),
    };
  },
};

export const directSplit: Kernel<DirectSplitSpec> = {
  ...COMMON,
  name: "conv/direct-split",
  source: directSource,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_quads", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_group", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["weight", "u32"],
    ["bias", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
  ],
  overrides: WINDOW_OVERRIDES,
  configure(spec) {
    const { x, y, attributes } = spec;
    return {
      overrides: windowConstants(spec),
      consts: constsOf(spec.tile),
      params: {
        ...windowParams(spec),
        x_quads: quadsOf(x.channels / attributes.groups),
        y_quads: quadsOf(y.channels),
        y_group: quadsOf(y.channels / attributes.groups),
      },
      workgroups: workgroupsOf(spec),
    };
  },
};
