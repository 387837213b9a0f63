/** Variants of the 3 x 3 convolution by Winograd's filtering, for GPUs. */
import {
  fitsWinograd,
  packWinograd,
  winograd,
  WINOGRAD_TILES,
} from "../../shaders/conv/winograd.ts";
import type { WinogradTile } from "../../shaders/conv/winograd.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import { emitConvolution } from "../lower/convolution.ts";
import type { Family } from "./family.ts";
import { siteOf } from "./site.ts";
import type { Site } from "./site.ts";
import { hasCentre } from "./split.ts";
import { isSelected } from "./tiles.ts";

type Winograd = { readonly kernel: "winograd" } & WinogradTile;

/** Channels of x and of y from which 16 products for 36 are worth the transforms. */
const LEAST_CHANNELS = 64;
/** Workgroups, of 256 invocations, that fill a GPU; a smaller tile is better than fewer. */
const FULL = 128;
/** With fewer the sums over taps, shared by workgroups, are better. */
const LEAST_WORKGROUPS = 64;

/** Each of the 4 rows of a transformed tile comes from 2 rows of 4 pixels. */
const TRANSFORM_LOADS = 32;

function workgroupsOf({ y: [images, channels, height, width] }: Site, tile: WinogradTile): number {
  const tiles = divideUp(height, 2) * divideUp(width, 2);
  return images * divideUp(tiles, 4 * tile.tiles) * divideUp(quadsOf(channels), 4 * tile.quads);
}

function tilesOf(site: Site, device: DeviceTraits): Winograd[] {
  if (device.software || !isSelected(site, "direct")) return [];
  if (!fitsWinograd(site.weight, site.attributes!, device)) return [];
  return WINOGRAD_TILES.map((tile) => ({ kernel: "winograd", ...tile }));
}

export const winogradTiles: Family<Winograd> = {
  kernel: "winograd",
  variantsOf: tilesOf,
  prefer(site, device) {
    const { x, y } = site;
    if (device.integrated || hasCentre(site)) return null;
    if (Math.min(x[1], y[1]) < LEAST_CHANNELS) return null;
    const tiles = tilesOf(site, device);
    const enough = (least: number) =>
      tiles.filter((tile) => workgroupsOf(site, tile) >= least).at(-1) ?? null;
    return enough(FULL) ?? enough(LEAST_WORKGROUPS);
  },
  reads({ x, y, weight }, { quads }) {
    const tiles = divideUp(y[2], 2) * divideUp(y[3], 2);
    const passes = divideUp(quadsOf(y[1]), 4 * quads);
    const evaluations = x[0] * tiles * TRANSFORM_LOADS * quadsOf(weight[1]) * passes;
    return { evaluations, holds: evaluations };
  },
  lower(lowering, group, tile) {
    const { attributes } = siteOf(group);
    emitConvolution(lowering, group, {
      kernel: winograd,
      packing: "winograd",
      pack: packWinograd,
      spec: (tensors) => ({ ...tensors, kernel: [3, 3] as const, attributes: attributes!, tile }),
    });
  },
};
