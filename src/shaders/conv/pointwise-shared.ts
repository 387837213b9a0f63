/** Contract of conv/pointwise-shared.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { DeviceTraits, Kernel } from "../kernel.ts";
import { divideUp, quadsOf } from "../spec.ts";
import { pointwise } from "./pointwise.ts";
import type { PointwiseSpec } from "./pointwise.ts";
import source from "./pointwise-shared.wgsl?raw";

/** `lanes` x `rows` invocations, each of which computes `pixels` x `quads`. */
export interface SharedTile {
  readonly lanes: number;
  readonly rows: number;
  readonly pixels: number;
  readonly quads: number;
}

/** Quads of x that a workgroup reads at a time: 16 channels. */
const STEP = 4;

/** Pixels x channels of y: 64 x 64, 32 x 64, 32 x 32. All read whole vec4s in each step. */
export const SHARED_TILES: readonly SharedTile[] = [
  { lanes: 16, rows: 8, pixels: 4, quads: 2 },
  { lanes: 16, rows: 8, pixels: 2, quads: 2 },
  { lanes: 16, rows: 4, pixels: 2, quads: 2 },
];

export interface PointwiseSharedSpec extends Omit<PointwiseSpec, "tile"> {
  readonly tile: SharedTile;
}

/** Bytes of workgroup memory: 16384 are allowed everywhere. */
export function sharedTileBytes({ lanes, rows, pixels, quads }: SharedTile): number {
  return 16 * (STEP * lanes * pixels + rows * quads * (STEP * 4 + 1));
}

/** Whether a device has workgroups as large as the tile's. */
export function fitsSharedTile({ lanes, rows }: SharedTile, device: DeviceTraits): boolean {
  return lanes * rows <= device.maxInvocationsPerWorkgroup;
}

export const pointwiseShared: Kernel<PointwiseSharedSpec> = {
  name: "conv/pointwise-shared",
  source,
  bindings: COMPUTE_BINDINGS,
  params: pointwise.params,
  overrides: [],
  consts: ["LANES", "ROWS", "TILE_PIXELS", "TILE_QUADS", "STEP", "X_LOADS", "WEIGHT_LOADS"],
  slots: ["load_x", "store_y"],
  storesOnce: true,
  configure({ x, y, weight, bias, tile }) {
    const { lanes, rows, pixels, quads } = tile;
    const area = y.height * y.width;
    const yQuads = quadsOf(y.channels);
    return {
      consts: {
        LANES: lanes,
        ROWS: rows,
        TILE_PIXELS: pixels,
        TILE_QUADS: quads,
        STEP,
        X_LOADS: (STEP * pixels) / rows,
        WEIGHT_LOADS: (4 * STEP * quads) / lanes,
      },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_quads: quadsOf(x.channels),
        y: y.offset,
        y_image: y.imageStride,
        y_quads: yQuads,
        weight: weight.offset,
        bias: bias.offset,
        area,
      },
      workgroups: [divideUp(area, lanes * pixels), divideUp(yQuads, rows * quads), y.images],
    };
  },
};
