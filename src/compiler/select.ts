/**
 * Chooses a kernel and its tile: a pure function of shapes and device traits. The tiles of software
 * adapters come from measurements (docs/performance.md). Those of GPUs are reasoned: the largest that
 * still fills the device, which is a small one for most maps of a batch of 1.
 */
import type { Conv2dAttributes } from "../graph/attributes.ts";
import type { DepthwiseTile } from "../shaders/conv/depthwise.ts";
import type { Tile } from "../shaders/conv/pointwise.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { linearLanes } from "../shaders/linear/linear.ts";
import type { LinearLanes } from "../shaders/linear/linear.ts";
import { divideUp, quadsOf } from "../shaders/spec.ts";

export type ConvolutionKernel = "linear" | "pointwise" | "depthwise" | "direct" | "grouped";

/** A kernel and what shapes it. JSON can hold it: tables of choices are made of these. */
export type Variant =
  | ({ readonly kernel: "pointwise" | "direct" | "transposed" | "pooled" } & Tile)
  | ({ readonly kernel: "depthwise" | "depthwise-rows" } & DepthwiseTile)
  | ({ readonly kernel: "linear" } & LinearLanes)
  | { readonly kernel: "grouped"; readonly workgroup: number };

export interface ConvolutionShape {
  /** [N, C, H, W] */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** [O, C/groups, kh, kw] */
  readonly weight: readonly number[];
  readonly attributes: Conv2dAttributes;
}

export function selectConvolution({ x, weight, attributes }: ConvolutionShape): ConvolutionKernel {
  const { stride, padding, groups } = attributes;
  const [outs, ins, kernelHeight, kernelWidth] = weight;
  if (groups > 1) {
    if (groups === x[1] && outs === x[1]) return "depthwise";
    return ins % 4 === 0 && (outs / groups) % 4 === 0 ? "direct" : "grouped";
  }
  const isUnpadded = padding.every((pixels) => pixels === 0);
  if (isUnpadded && kernelHeight === x[2] && kernelWidth === x[3]) return "linear";
  const isUnit = kernelHeight * kernelWidth === 1 && isUnpadded;
  return isUnit && stride[0] * stride[1] === 1 ? "pointwise" : "direct";
}

/** The variant of a convolution or, without attributes, of a linear layer. */
export function selectVariant(
  {
    x,
    y,
    weight,
    attributes,
  }: Omit<ConvolutionShape, "attributes"> & { readonly attributes?: Conv2dAttributes },
  device: DeviceTraits,
): Variant {
  const kernel = attributes ? selectConvolution({ x, y, weight, attributes }) : "linear";
  switch (kernel) {
    case "linear":
      return { kernel, ...linearLanes(device) };
    case "grouped":
      return { kernel, workgroup: 64 };
    case "depthwise":
      return selectDepthwise(y, [weight[2], weight[3]], attributes!, device);
    default: {
      const { groups } = attributes!;
      return { kernel, ...selectTile(y[2] * y[3], groupQuadsOf(y[1], groups), device, groups) };
    }
  }
}

/** Most workgroups that a dispatch may have along x, with room to spare. */
const MOST_WORKGROUPS = 65_535;

/**
 * The tile of conv/pointwise, conv/direct and conv/transposed. `groupQuads`: quads of one group of y;
 * where there are several groups a tile may not straddle them.
 */
export function selectTile(
  area: number,
  groupQuads: number,
  device: DeviceTraits,
  groups = 1,
): Tile {
  const candidates = device.software ? SOFTWARE_TILES : gpuTiles(area);
  const fitting = candidates.filter(
    ({ pixels, quads, workgroup }) =>
      divideUp(area, pixels * workgroup) <= MOST_WORKGROUPS &&
      (groups === 1 || groupQuads % quads === 0),
  );
  const full = invocationsToFill(device);
  const weights = device.software && !device.subgroups ? 5 : 1.7;
  const cost = ({ pixels, quads, workgroup }: Tile): number => {
    const rows = divideUp(area, pixels * workgroup) * pixels * workgroup;
    const columns = divideUp(groupQuads, quads) * quads;
    const products = rows * columns;
    // A device that is not full takes as long as one that is.
    const idle = Math.max(1, (full * pixels * quads) / (products * groups));
    // Most layers have tiles of 4: a shader more is a tenth of a second more before the first result.
    const rare = device.software && quads === 2 ? 1.12 : 1;
    // A product of a quad and a pixel costs its share of the tile's loads, and the product itself.
    return idle * rare * products * (0.6 / quads + weights / pixels + 0.35);
  };
  // Where even the largest needs more workgroups, the grid is folded.
  const first = fitting[0] ?? candidates.at(-1)!;
  return fitting.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best), first);
}

/** Invocations side by side that keep a device busy, those included that hide the latency of loads. */
export function invocationsToFill({ software, integrated }: DeviceTraits): number {
  if (software) return 1;
  return integrated ? 8_192 : 131_072;
}

/** Few, so that layers share pipelines. The last is for maps of millions of pixels. */
const SOFTWARE_TILES: readonly Tile[] = [
  { pixels: 7, quads: 4, workgroup: 8 },
  { pixels: 7, quads: 2, workgroup: 8 },
  { pixels: 7, quads: 1, workgroup: 8 },
  { pixels: 4, quads: 4, workgroup: 8 },
  { pixels: 4, quads: 2, workgroup: 8 },
  { pixels: 4, quads: 1, workgroup: 8 },
  { pixels: 7, quads: 1, workgroup: 256 },
];

/** From the most invocations to the fewest loads. */
const GPU_TILES = [
  [1, 1],
  [1, 2],
  [2, 2],
  [4, 2],
  [4, 4],
] as const;

function gpuTiles(area: number): Tile[] {
  const workgroup = area < 64 ? 32 : 64;
  const tiles = GPU_TILES.map(([pixels, quads]) => ({ pixels, quads, workgroup }));
  return [...tiles, { pixels: 8, quads: 1, workgroup: 256 }];
}

/** Registers, in vec4s, that the rows of conv/depthwise-rows may take. */
const MOST_ROW_REGISTERS = 96;

/** Whether conv/depthwise-rows can compute the layer with a tile. */
export function walksRows(
  kernel: readonly [number, number],
  { stride, dilation }: Conv2dAttributes,
  tile: DepthwiseTile,
): boolean {
  const span = (tile.width - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1;
  return dilation[0] === 1 && kernel[0] * span <= MOST_ROW_REGISTERS;
}

/** A strip of rows wherever registers hold one. */
function selectDepthwise(
  y: readonly number[],
  kernel: readonly [number, number],
  attributes: Conv2dAttributes,
  device: DeviceTraits,
): Variant {
  const strip = selectStrip(y, device, attributes.stride[1]);
  return walksRows(kernel, attributes, strip)
    ? { kernel: "depthwise-rows", ...strip }
    : { kernel: "depthwise", ...selectDepthwiseTile(y, kernel, device) };
}

/** The tile of conv/depthwise-rows: `height` is not part of the shader, so it may differ freely. */
export function selectStrip(y: readonly number[], device: DeviceTraits, stride = 1): DepthwiseTile {
  const [images, channels, height, width] = y;
  if (!device.software) {
    // Longer strips load less, and are fewer.
    const outputs = images * quadsOf(channels) * height * width;
    const rows = Math.floor(outputs / invocationsToFill(device));
    return { height: Math.min(Math.max(rows, 1), 4), width: 1, workgroup: 64 };
  }
  // Every strip loads KERNEL_H - 1 rows that its neighbour loads too; two cores want 8 strips.
  const rows = height <= 28 ? height : Math.ceil(height / Math.round(height / 28));
  // With a stride a strip of 4 columns has twice the registers, and takes twice as long to compile;
  // one of 2 takes about a tenth longer to run.
  const columns = stride > 1 ? 2 : 4;
  return { height: rows, width: columns, workgroup: width * height > 2 ** 20 ? 64 : 8 };
}

/** The tile of conv/depthwise, for what conv/depthwise-rows cannot do. */
export function selectDepthwiseTile(
  y: readonly number[],
  kernel: readonly [number, number],
  device: DeviceTraits,
): DepthwiseTile {
  if (!device.software) return { height: 1, width: 1, workgroup: 64 };
  const tiles = divideUp(y[3], 4) * divideUp(y[2], 2);
  return { height: kernel[0] > 3 ? 1 : 2, width: 4, workgroup: tiles > 2 ** 18 ? 256 : 8 };
}

/** Quads of one group of channels. */
export function groupQuadsOf(channels: number, groups: number): number {
  return quadsOf(channels / groups);
}

/** vec4s of an image that one workgroup sums about as fast as two more dispatches start: 1 MB. */
const MOST_POOLED = 2 ** 16;

/**
 * Whether the mean of a map [N, C, H, W] is worth a dispatch before that of the gates: one workgroup
 * an image has a small part of a GPU's bandwidth.
 */
export function poolsApart(
  [, channels, height, width]: readonly number[],
  device: DeviceTraits,
): boolean {
  return !device.software && quadsOf(channels) * height * width > MOST_POOLED;
}
