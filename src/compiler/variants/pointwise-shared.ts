/** Variants of the pointwise convolution through workgroup memory, for GPUs. */
import {
  fitsSharedTile,
  pointwiseShared,
  SHARED_TILES,
} from "../../shaders/conv/pointwise-shared.ts";
import type { SharedTile } from "../../shaders/conv/pointwise-shared.ts";
import { packBlocks } from "../../shaders/conv/weights.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import { emitConvolution } from "../lower/convolution.ts";
import type { Family } from "./family.ts";
import type { Site } from "./site.ts";
import { isSelected } from "./tiles.ts";

type PointwiseShared = { readonly kernel: "pointwise-shared" } & SharedTile;

/** Pixels from which a matrix product fills a GPU with tiles: 28 x 28. */
const LEAST_PIXELS = 784;
/** Channels of x and of y from which what tiles share is worth the barriers. */
const LEAST_CHANNELS = 64;
/** Fewer workgroups leave parts of a GPU idle: then a smaller tile is better. */
const LEAST_WORKGROUPS = 128;

function workgroupsOf({ y: [images, channels, height, width] }: Site, tile: SharedTile): number {
  const columns = divideUp(height * width, tile.lanes * tile.pixels);
  return images * columns * divideUp(quadsOf(channels), tile.rows * tile.quads);
}

function tilesOf(site: Site, device: DeviceTraits): PointwiseShared[] {
  if (device.software || !isSelected(site, "pointwise")) return [];
  return SHARED_TILES.filter((tile) => fitsSharedTile(tile, device)).map((tile) => ({
    kernel: "pointwise-shared",
    ...tile,
  }));
}

export const pointwiseSharedTiles: Family<PointwiseShared> = {
  kernel: "pointwise-shared",
  variantsOf: tilesOf,
  prefer(site, device) {
    const { x, y } = site;
    if (device.integrated || Math.min(x[1], y[1]) < LEAST_CHANNELS) return null;
    if (y[2] * y[3] < LEAST_PIXELS) return null;
    const tiles = tilesOf(site, device);
    const full = tiles.find((tile) => workgroupsOf(site, tile) >= LEAST_WORKGROUPS);
    return full ?? tiles.at(-1) ?? null;
  },
  reads({ x, y, weight }, { rows, quads }) {
    const passes = divideUp(quadsOf(y[1]), rows * quads);
    const evaluations = x[0] * y[2] * y[3] * quadsOf(weight[1]) * passes;
    return { evaluations, holds: evaluations };
  },
  lower(lowering, group, tile) {
    emitConvolution(lowering, group, {
      kernel: pointwiseShared,
      packing: "blocks 0",
      pack: packBlocks,
      spec: (tensors) => ({ ...tensors, tile }),
    });
  },
};
