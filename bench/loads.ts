/** How many scalars the kernels of convolutions load, by their tiles: what no shape can do without. */
import type { Layer, TileNumbers } from "./layers.ts";
import type { Loads } from "./roofline.ts";

/** Lanes of a quad, and scalars of a 4 x 4 block of weights. */
const QUAD = 4;
const BLOCK = 16;

const quads = (channels: number): number => Math.ceil(channels / QUAD);

interface Given {
  readonly layer: Pick<Layer, "x" | "weight" | "attributes">;
  /** [N, C, H, W] */
  readonly y: readonly number[];
  readonly tile: TileNumbers;
  /** Blocks of weights are loaded once a subgroup, and broadcast. */
  readonly subgroups: boolean;
}

/** undefined for a kernel whose loads are not known. Tiles that pass the map's edge are not counted. */
export function loadsOf(
  kernel: string,
  given: Omit<Given, "tile"> & { tile: TileNumbers | undefined },
): Loads | undefined {
  const count = COUNTS[kernel];
  const { tile, ...rest } = given;
  if (kernel === "linear/linear") return linearLoads(rest);
  return count && tile ? count({ ...rest, tile }) : undefined;
}

const COUNTS: Readonly<Record<string, ((given: Given) => Loads) | undefined>> = {
  "conv/pointwise": blockLoads,
  "conv/direct": blockLoads,
  "conv/depthwise-rows": stripLoads,
};

/** A tile loads its pixels and the blocks of its quads for each tap and quad of x. */
function blockLoads({ layer, y, tile: [pixels, tileQuads], subgroups }: Given): Loads {
  const [images, outs, height, width] = y;
  const [, ins, kernelHeight, kernelWidth] = layer.weight;
  const steps = quads(ins) * kernelHeight * kernelWidth;
  const tiles = (images * quads(outs) * height * width) / (pixels * tileQuads);
  const block = subgroups ? QUAD : BLOCK;
  return {
    scalars: tiles * steps * (pixels * QUAD + tileQuads * block),
    broadcasts: subgroups ? tiles * steps * tileQuads * BLOCK : 0,
  };
}

/** A strip loads its weights once, and each row of x that it passes once. */
function stripLoads({ layer, y, tile: [rows, columns] }: Given): Loads {
  const [images, channels, height, width] = y;
  const [, , kernelHeight, kernelWidth] = layer.weight;
  const { stride, dilation } = layer.attributes;
  const step = greatestCommonDivisor(stride[1], dilation[1]);
  const span = ((columns - 1) * stride[1] + (kernelWidth - 1) * dilation[1]) / step + 1;
  const least = Math.min(rows, height);
  const strips = (images * quads(channels) * height * width) / (least * columns);
  const passed = (least - 1) * stride[0] + kernelHeight;
  const loaded = passed * span + kernelHeight * kernelWidth + 1;
  return { scalars: strips * loaded * QUAD, broadcasts: 0 };
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
