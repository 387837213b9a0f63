/**
 * The strips in which one kernel computes a pointwise and a depthwise convolution, and what that takes
 * beside two kernels: nanoseconds of a whole device. As in cost.ts the prices have to tell 2x from 1x;
 * those of software adapters follow runs of single pairs, those of GPUs are reasoned.
 */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import { stripColumns, windowRows } from "../../shaders/conv/pointwise-depthwise.ts";
import type { StripTile } from "../../shaders/conv/pointwise-depthwise.ts";
import type { DeviceTraits } from "../../shaders/kernel.ts";
import { divideUp, quadsOf } from "../../shaders/spec.ts";
import { machineOf } from "../cost.ts";
import {
  invocationsToFill,
  selectDepthwiseTile,
  selectStrip,
  selectTile,
  walksRows,
} from "../select.ts";

/** The sizes of a pair of convolutions, and nanoseconds of what rides on it, for each quad. */
export interface PairSizes {
  /** [N, C, H, W] of what the pointwise convolution reads. */
  readonly x: readonly number[];
  /** [N, C, H, W] of what the depthwise convolution gives. */
  readonly y: readonly number[];
  /** [h, w] of the depthwise convolution, as its attributes. */
  readonly kernel: readonly [number, number];
  readonly attributes: Conv2dAttributes;
  readonly onLoad: number;
  readonly onBetween: number;
  /** Maps that are stored beside y by one kernel, and beside what lies between by two. */
  readonly stored: number;
}

export interface WeighedStrips {
  readonly tile: StripTile;
  /** Nanoseconds of one kernel, and of two. */
  readonly fused: number;
  readonly apart: number;
}

/** The strips that take least; null where registers hold none. */
export function weighStrips(sizes: PairSizes, device: DeviceTraits): WeighedStrips | null {
  const prices = pricesOf(device);
  const weighed = tilesFor(sizes, device)
    .filter((tile) => registersOf(sizes, tile) <= MOST_REGISTERS)
    .map((tile) => ({ tile, fused: fusedCost(sizes, tile, prices, device) }));
  if (weighed.length === 0) return null;
  const best = weighed.reduce((least, each) => (each.fused < least.fused ? each : least));
  return { ...best, apart: apartCost(sizes, prices, device) };
}

/** Nanoseconds, of all invocations side by side. */
interface Prices {
  readonly load: number;
  readonly store: number;
  /** A 4 x 4 block of weights for one invocation, and its product with a quad. */
  readonly block: number;
  readonly matrix: number;
  /** A product of two quads. */
  readonly product: number;
  /** A quad that moves from one register to another. */
  readonly move: number;
  readonly dispatch: number;
}

function pricesOf(device: DeviceTraits): Prices {
  const machine = machineOf(device);
  if (device.software) {
    const block = device.subgroups ? 10 : 25;
    return { ...machine, load: 3, store: 4, block, matrix: 2, product: 0.6, move: 0.5 };
  }
  const { reload, product } = machine;
  const block = device.subgroups ? reload : 4 * reload;
  return { ...machine, load: reload, block, matrix: 4 * product, move: 0 };
}

/** In vec4s, for the row that lies between and the sums. */
const MOST_REGISTERS = 128;

function registersOf(sizes: PairSizes, tile: StripTile): number {
  const { span, live } = stripColumns(sizes, tile.width, sizes.x[3], sizes.y[3]);
  return (span + pendingRows(sizes) * tile.width) * tile.quads + live;
}

/** Windows in which one row can be. */
function pendingRows(sizes: PairSizes): number {
  return divideUp(windowRows(sizes), sizes.attributes.stride[0]);
}

/** Columns, rows and quads of a strip. On software adapters few, so that layers share pipelines. */
function tilesFor(
  { y: [, channels, height, width] }: PairSizes,
  device: DeviceTraits,
): StripTile[] {
  const { software } = device;
  const widths = (software ? [7, 4] : [4, 2, 1]).filter((columns, i) => i > 0 || columns <= width);
  const heights = software
    ? [1, 2, 4].map((parts) => divideUp(height, parts))
    : [8, 4, 2, 1].map((rows) => Math.min(rows, height));
  const quads = quadsOf(channels) > 1 ? [2, 1] : [1];
  const workgroups = software ? [8, 4] : [64];
  return widths.flatMap((columns) =>
    heights.flatMap((rows) =>
      quads.flatMap((deep) =>
        workgroups.map((workgroup) => ({ width: columns, height: rows, quads: deep, workgroup })),
      ),
    ),
  );
}

/** How much longer invocations take that do not fill a device. */
function idleOf(invocations: number, device: DeviceTraits): number {
  return Math.max(1, invocationsToFill(device) / invocations);
}

function fusedCost(
  sizes: PairSizes,
  tile: StripTile,
  prices: Prices,
  device: DeviceTraits,
): number {
  const { x, y, kernel, attributes, onLoad, onBetween, stored } = sizes;
  const { load, store, block, matrix, product, move, dispatch } = prices;
  const { live } = stripColumns(sizes, tile.width, x[3], y[3]);
  const strips = divideUp(y[3], tile.width) * divideUp(y[2], tile.height);
  const lanes = divideUp(strips, tile.workgroup) * tile.workgroup;
  const invocations = lanes * divideUp(quadsOf(y[1]), tile.quads) * y[0];
  const read = (tile.height - 1) * attributes.stride[0] + windowRows(sizes);
  // Rows of padding take no products where a strip has all rows.
  const rows = tile.height >= y[2] ? Math.min(read, x[2]) : read;
  const pending = pendingRows(sizes);
  const pointwise = live * (load + onLoad) + tile.quads * (block + live * matrix);
  const depthwise = kernel[1] * pending * (load + tile.width * product);
  const row = quadsOf(x[1]) * pointwise + tile.quads * (live * onBetween + depthwise);
  const moves = pending * pending * tile.width * tile.quads * move;
  const stores = tile.height * tile.width * tile.quads * store * (1 + stored);
  return dispatch + idleOf(invocations, device) * invocations * (rows * (row + moves) + stores);
}

function apartCost(sizes: PairSizes, prices: Prices, device: DeviceTraits): number {
  const { x, y, onLoad, onBetween, stored } = sizes;
  const { load, store, block, matrix } = prices;
  const area = x[2] * x[3];
  const quads = quadsOf(y[1]);
  const { pixels, quads: deep, workgroup } = selectTile(area, quads, device);
  const lanes = divideUp(area, pixels * workgroup) * workgroup;
  const invocations = lanes * divideUp(quads, deep) * x[0];
  const inner = pixels * (load + onLoad) + deep * (block + pixels * matrix);
  const outer = pixels * deep * (onBetween + store * (1 + stored));
  const pointwise = invocations * (quadsOf(x[1]) * inner + outer);
  return idleOf(invocations, device) * pointwise + depthwiseCost(sizes, prices, device);
}

/** Of the depthwise convolution alone, with both dispatches. */
function depthwiseCost(
  { y, kernel, attributes }: PairSizes,
  { load, store, product, move, dispatch }: Prices,
  device: DeviceTraits,
): number {
  const strip = selectStrip(y, device, attributes.stride[1]);
  const walks = walksRows(kernel, attributes, strip);
  const { height, width } = walks ? strip : selectDepthwiseTile(y, kernel, device);
  const { stride, dilation } = attributes;
  const columns = (width - 1) * stride[1] + (kernel[1] - 1) * dilation[1] + 1;
  const rows = walks ? (height - 1) * stride[0] + kernel[0] : height * kernel[0];
  const invocations = divideUp(y[2], height) * divideUp(y[3], width) * quadsOf(y[1]) * y[0];
  const loads = rows * columns * (load + (walks ? kernel[0] * move : 0));
  const outputs = height * width * (kernel[0] * kernel[1] * product + store);
  return 2 * dispatch + idleOf(invocations, device) * invocations * (loads + outputs);
}
