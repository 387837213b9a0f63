/**
 * Chooses a kernel and its tile: a pure function of shapes and device traits. The tiles come from
 * measurements on the software adapter (docs/performance.md); on a GPU many small invocations win.
 */
import type { Conv2dAttributes } from "../graph/attributes.ts";
import type { DepthwiseTile } from "../shaders/conv/depthwise.ts";
import type { Tile } from "../shaders/conv/pointwise.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { divideUp, quadsOf } from "../shaders/spec.ts";

export type ConvolutionKernel = "linear" | "pointwise" | "depthwise" | "direct" | "grouped";

export interface ConvolutionShape {
  /** [N, C, H, W] */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** [O, C/groups, kh, kw] */
  readonly weight: readonly number[];
  readonly attributes: Conv2dAttributes;
}

export function selectConvolution({
  x,
  y,
  weight,
  attributes,
}: ConvolutionShape): ConvolutionKernel {
  const { stride, padding, groups } = attributes;
  const [outs, ins, kernelHeight, kernelWidth] = weight;
  if (groups > 1) {
    if (groups === x[1] && outs === x[1]) return "depthwise";
    return ins % 4 === 0 && (outs / groups) % 4 === 0 ? "direct" : "grouped";
  }
  const isOnePixel = x[2] * x[3] === 1 && y[2] * y[3] === 1;
  const isUnit = kernelHeight * kernelWidth === 1 && padding.every((pixels) => pixels === 0);
  if (isUnit && isOnePixel) return "linear";
  return isUnit && stride[0] * stride[1] === 1 ? "pointwise" : "direct";
}

/** Most workgroups that a dispatch may have along x, with room to spare. */
const MOST_WORKGROUPS = 65_535;

/** The tile of conv/pointwise and conv/direct: `groupQuads` is what a tile may not straddle. */
export function selectTile(area: number, groupQuads: number, device: DeviceTraits): Tile {
  const candidates = device.software ? softwareTiles(groupQuads) : gpuTiles(area, groupQuads);
  const fitting = candidates.filter(
    ({ pixels, workgroup }) => divideUp(area, pixels * workgroup) <= MOST_WORKGROUPS,
  );
  const cost = ({ pixels, quads, workgroup }: Tile): number => {
    const rows = divideUp(area, pixels * workgroup) * pixels * workgroup;
    const columns = divideUp(groupQuads, quads) * quads;
    // Loads per product: a tile of P x Q loads P + Q (x 4 weights) for P * Q.
    return rows * columns * (1 / quads + (device.subgroups ? 1 : 4) / pixels + 0.5);
  };
  return fitting.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best));
}

function softwareTiles(groupQuads: number): Tile[] {
  const quads = groupQuads % 2 === 0 ? 2 : 1;
  return [
    { pixels: 7, quads, workgroup: 8 },
    { pixels: 4, quads, workgroup: 8 },
    { pixels: 4, quads, workgroup: 64 },
    { pixels: 8, quads, workgroup: 256 },
  ];
}

function gpuTiles(area: number, groupQuads: number): Tile[] {
  const even = groupQuads % 2 === 0;
  const small = area * groupQuads < 65_536;
  const quads = small || !even ? 1 : 2;
  return [
    { pixels: small ? 1 : 2, quads, workgroup: area < 64 ? 32 : 64 },
    { pixels: small ? 2 : 4, quads, workgroup: 64 },
    { pixels: 8, quads, workgroup: 256 },
  ];
}

/** The tile of conv/depthwise. */
export function selectDepthwiseTile(
  y: readonly number[],
  kernel: readonly [number, number],
  stride: readonly [number, number],
  device: DeviceTraits,
): DepthwiseTile {
  const [, , height, width] = y;
  if (!device.software)
    return { height: 1, width: stride[1] === 1 && width >= 8 ? 2 : 1, workgroup: 64 };
  // A 7 x 7 map divides into tiles of 7; elsewhere 4 wide. Two rows of a 5 x 5 kernel keep the
  // text, and so the time to compile it, small.
  const tileWidth = width % 7 === 0 && width <= 28 ? 7 : 4;
  const tileHeight = kernel[0] > 3 ? 1 : 2;
  const tiles = divideUp(width, tileWidth) * divideUp(height, tileHeight);
  const workgroup = tiles >= 65_535 * 4 ? 256 : tiles >= 8 ? 8 : 4;
  return { height: tileHeight, width: tileWidth, workgroup };
}

/** Whether every group of a convolution begins on a quad. */
export function groupQuadsOf(channels: number, groups: number): number {
  return quadsOf(channels / groups);
}
