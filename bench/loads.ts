/**
 * How many scalars the kernels of convolutions load from storage, by their tiles: what no shape can do
 * without. What they load from the memory of workgroups is not counted.
 */
import type { Layer, TileNumbers } from "./layers.ts";
import type { Loads } from "./roofline.ts";

/** Lanes of a quad, and scalars of a 4 x 4 block of weights. */
const QUAD = 4;
const BLOCK = 16;

const quads = (channels: number): number => Math.ceil(channels / QUAD);

/** Sizes of a tile by their names in tables of `tune`. */
type TileSizes = Readonly<Record<string, number>>;

interface Given {
  readonly layer: Pick<Layer, "x" | "weight" | "attributes">;
  /** [N, C, H, W] */
  readonly y: readonly number[];
  readonly tile: TileSizes;
  /** Blocks of weights are loaded once a subgroup, and broadcast. */
  readonly subgroups: boolean;
}

/**
 * undefined for a kernel whose loads are not known, and for a tile without the sizes that they depend on.
 * Tiles that pass the map's edge are not counted.
 */
export function loadsOf(
  kernel: string,
  { tile, ...rest }: Omit<Given, "tile"> & { tile: TileNumbers | TileSizes | undefined },
): Loads | undefined {
  if (kernel === "linear/linear") return linearLoads(rest);
  const count = COUNTS[kernel];
  const loads = count && tile && count({ ...rest, tile: isNumbers(tile) ? named(tile) : tile });
  return loads && Number.isFinite(loads.scalars) ? loads : undefined;
}

function isNumbers(tile: TileNumbers | TileSizes): tile is TileNumbers {
  return Array.isArray(tile);
}

/** Pixels x quads, or rows x columns. */
function named([first, second, workgroup]: TileNumbers): TileSizes {
  return { pixels: first, quads: second, height: first, width: second, workgroup };
}

const COUNTS: Readonly<Record<string, ((given: Given) => Loads) | undefined>> = {
  "conv/pointwise": blockLoads,
  "conv/direct": blockLoads,
  // Slices share sums, not what they load.
  "conv/pointwise-split": (given) => blockLoads({ ...given, subgroups: false }),
  "conv/direct-split": (given) => blockLoads({ ...given, subgroups: false }),
  "conv/pointwise-shared": sharedLoads,
  "conv/winograd": winogradLoads,
  "conv/depthwise-rows": stripLoads,
  "conv/depthwise": depthwiseLoads,
};

/** A tile loads its pixels and the blocks of its quads for each tap and quad of x. */
function blockLoads({ layer, y, tile, subgroups }: Given): Loads {
  const [images, outs, height, width] = y;
  const [, ins, kernelHeight, kernelWidth] = layer.weight;
  const steps = quads(ins) * kernelHeight * kernelWidth;
  const tiles = (images * quads(outs) * height * width) / (tile.pixels * tile.quads);
  const block = subgroups ? QUAD : BLOCK;
  return {
    scalars: tiles * steps * (tile.pixels * QUAD + tile.quads * block),
    broadcasts: subgroups ? tiles * steps * tile.quads * BLOCK : 0,
  };
}

/** Quads of x that conv/pointwise-shared loads at a time, the last ones again where it has fewer. */
const SHARED_STEP = 4;

/** A workgroup loads the pixels and the blocks of all its tiles once for each quad of x. */
function sharedLoads({ layer, y, tile }: Given): Loads {
  const [images, outs, height, width] = y;
  const steps = Math.ceil(quads(layer.weight[1]) / SHARED_STEP) * SHARED_STEP;
  const [pixels, tileQuads] = [tile.lanes * tile.pixels, tile.rows * tile.quads];
  const workgroups = (images * quads(outs) * height * width) / (pixels * tileQuads);
  return { scalars: workgroups * steps * (pixels * QUAD + tileQuads * BLOCK), broadcasts: 0 };
}

/** Pixels of y and of a transformed window along an axis; a row of one is made of 2 rows of x. */
const WINOGRAD = { outputs: 2, window: 4, rows: 2 };
/** Windows, quads and invocations of a workgroup for one tile and one quad of an invocation. */
const WINOGRAD_GROUP = { tiles: 4, quads: 4, invocations: 256 };

/** A workgroup transforms its windows of each quad of x once; each invocation loads its own blocks. */
function winogradLoads({ layer, y, tile }: Given): Loads {
  const [images, outs, height, width] = y;
  const windows = Math.ceil(height / WINOGRAD.outputs) * Math.ceil(width / WINOGRAD.outputs);
  const [own, ownQuads] = [WINOGRAD_GROUP.tiles * tile.tiles, WINOGRAD_GROUP.quads * tile.quads];
  const workgroups = (images * windows * quads(outs)) / (own * ownQuads);
  const window = WINOGRAD.window * WINOGRAD.window * WINOGRAD.rows * QUAD;
  const blocks = WINOGRAD_GROUP.invocations * tile.quads * BLOCK;
  return { scalars: workgroups * quads(layer.weight[1]) * (own * window + blocks), broadcasts: 0 };
}

/** A strip loads its weights once, and each row of x that it passes once. */
function stripLoads({ layer, y, tile }: Given): Loads {
  const [images, channels, height, width] = y;
  const [, , kernelHeight, kernelWidth] = layer.weight;
  const least = Math.min(tile.height, height);
  const strips = (images * quads(channels) * height * width) / (least * tile.width);
  const passed = (least - 1) * layer.attributes.stride[0] + kernelHeight;
  const loaded = passed * spanOf(layer, tile) + kernelHeight * kernelWidth + 1;
  return { scalars: strips * loaded * QUAD, broadcasts: 0 };
}

/** A tile loads its weights once, and for each of its rows every row of x that the kernel meets. */
function depthwiseLoads({ layer, y, tile }: Given): Loads {
  const [images, channels, height, width] = y;
  const [, , kernelHeight, kernelWidth] = layer.weight;
  const tiles = (images * quads(channels) * height * width) / (tile.height * tile.width);
  const rows = kernelHeight * tile.height;
  const loaded = rows * spanOf(layer, tile) + kernelHeight * kernelWidth + 1;
  return { scalars: tiles * loaded * QUAD, broadcasts: 0 };
}

/** Pixels that a row of a depthwise tile loads. */
function spanOf({ weight, attributes }: Given["layer"], tile: TileSizes): number {
  const { stride, dilation } = attributes;
  const step = greatestCommonDivisor(stride[1], dilation[1]);
  return ((tile.width - 1) * stride[1] + (weight[3] - 1) * dilation[1]) / step + 1;
}

/** Each quad of y loads all of x, and its weights. */
function linearLoads({ layer: { x, weight }, y }: Omit<Given, "tile">): Loads {
  const [images, channels, height, width] = x;
  const steps = quads(channels) * height * width;
  return { scalars: images * quads(y[1] ?? weight[0]) * steps * (QUAD + BLOCK), broadcasts: 0 };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
