/** Variants of the convolutions whose sums a workgroup shares: for small maps, on GPUs. */
import {
  directSplit,
  fitsSplitTile,
  pointwiseSplit,
  SPLIT_TILES,
} from "../../shaders/conv/split.ts";
import type { SplitTile } from "../../shaders/conv/split.ts";
import { packBlocks } from "../../shaders/conv/weights.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import type { Reads } from "../cost.ts";
import { emitConvolution } from "../lower/convolution.ts";
import { groupQuadsOf, invocationsToFill } from "../select.ts";
import type { Family } from "./family.ts";
import { siteOf } from "./site.ts";
import type { Site } from "./site.ts";
import { isSelected } from "./tiles.ts";

type Split<Kernel> = { readonly kernel: Kernel } & SplitTile;

/** Blocks of 4 x 4 weights in a sum from which an invocation waits longer for them than at a barrier. */
const LEAST_BLOCKS = 32;
/** Blocks from which 16 slices are better than 8. */
const MANY_BLOCKS = 128;
const MOST_PIXELS = 196;

/** Whether some filters of a convolution have weights at the centre tap only, which conv/direct skips. */
export function hasCentre({ attributes }: Site): boolean {
  return attributes?.branches?.some(({ isCentre }) => isCentre) ?? false;
}

/** Blocks of a sum. */
function blocksOf({ weight: [, ins, height, width] }: Site): number {
  return quadsOf(ins) * height * width;
}

function tilesOf(site: Site, device: DeviceTraits): SplitTile[] {
  const { groups } = site.attributes!;
  const quads = groupQuadsOf(site.y[1], groups);
  return SPLIT_TILES.filter(
    (tile) =>
      fitsSplitTile(tile, device) &&
      tile.split < 2 * blocksOf(site) &&
      (groups === 1 ? tile.quads < 2 * quads : quads % tile.quads === 0),
  );
}

/** Where one invocation for each quad of y would be few, with long sums. */
function preferred(site: Site, device: DeviceTraits): SplitTile | null {
  const [images, channels, height, width] = site.y;
  const isFull = images * quadsOf(channels) * height * width >= invocationsToFill(device);
  if (device.integrated || isFull || height * width > MOST_PIXELS) return null;
  const blocks = blocksOf(site);
  if (blocks < LEAST_BLOCKS) return null;
  const slices = blocks < MANY_BLOCKS ? 8 : 16;
  return tilesOf(site, device).find(({ split }) => split === slices) ?? null;
}

function readsOf(site: Site, { pixels, quads }: SplitTile): Reads {
  const { y, attributes } = site;
  const { groups } = attributes!;
  const passes = divideUp(groupQuadsOf(y[1], groups), quads) * groups;
  const evaluations = y[0] * y[2] * y[3] * blocksOf(site) * passes;
  return { evaluations, holds: evaluations / pixels };
}

export const pointwiseSplits: Family<Split<"pointwise-split">> = {
  kernel: "pointwise-split",
  variantsOf(site, device) {
    if (device.software || !isSelected(site, "pointwise")) return [];
    return tilesOf(site, device).map((tile) => ({ kernel: "pointwise-split", ...tile }));
  },
  prefer(site, device) {
    if (device.software || !isSelected(site, "pointwise")) return null;
    const tile = preferred(site, device);
    return tile && { kernel: "pointwise-split", ...tile };
  },
  reads: readsOf,
  lower(lowering, group, tile) {
    emitConvolution(lowering, group, {
      kernel: pointwiseSplit,
      packing: "blocks 0",
      pack: packBlocks,
      spec: (tensors) => ({ ...tensors, tile }),
    });
  },
};

export const directSplits: Family<Split<"direct-split">> = {
  kernel: "direct-split",
  variantsOf(site, device) {
    if (device.software || !isSelected(site, "direct")) return [];
    return tilesOf(site, device).map((tile) => ({ kernel: "direct-split", ...tile }));
  },
  prefer(site, device) {
    if (device.software || !isSelected(site, "direct") || hasCentre(site)) return null;
    const tile = preferred(site, device);
    return tile && { kernel: "direct-split", ...tile };
  },
  reads: readsOf,
  lower(lowering, group, tile) {
    const { weight, attributes } = siteOf(group);
    const kernel = [weight[2], weight[3]] as const;
    emitConvolution(lowering, group, {
      kernel: directSplit,
      packing: "blocks 0",
      pack: packBlocks,
      spec: (tensors) => ({ ...tensors, kernel, attributes: attributes!, tile }),
    });
  },
};
