/** Where tensors lie in GPU memory; the specs of all kernels are made of these. */
import type { Configuration, DeviceTraits, Workgroups } from "./kernel.ts";

/**
 * An activation in channel quads, [N][ceil(C/4)][H][W] of vec4. `offset` is known once memory is
 * planned, so a spec holds this object and reads it when the dispatch is configured.
 */
export interface Quads {
  /** Of the first quad, in vec4s from the start of the arena. */
  offset: number;
  readonly images: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** vec4s from one image to the next; more than the tensor's own size inside of a concat. */
  imageStride: number;
  /** Of a tensor whose quads lie apart: where each is, image by image, in vec4s. Then `offset` is unused. */
  readonly table?: readonly number[];
}

/** A row-major tensor of f32. */
export interface Flat {
  /** In f32s from the start of the arena; a multiple of 4. */
  offset: number;
  readonly shape: readonly number[];
}

/** A constant in the weight buffer; `offset` in vec4s. */
export interface Packed {
  offset: number;
  readonly data: Float32Array;
  /** Numbers of `data`, where it is made only when it is read. */
  readonly length?: number;
}

/**
 * A constant of `count` numbers, padded as by `packed`, that is brought into its order when it is
 * uploaded: no copy of it is kept.
 */
export function packedLater(count: number, make: () => Float32Array): Packed {
  return {
    offset: 0,
    length: Math.max(4, quadsOf(count) * 4),
    get data() {
      return packed(make()).data;
    },
  };
}

/** Numbers of a constant. */
export function lengthOf(constant: Packed): number {
  return constant.length ?? constant.data.length;
}

/** Number of channel quads. */
export function quadsOf(channels: number): number {
  return Math.ceil(channels / 4);
}

/** vec4s that one image of a tensor in quads takes. */
export function imageSize(x: Pick<Quads, "channels" | "height" | "width">): number {
  return quadsOf(x.channels) * x.height * x.width;
}

/** Constants are read as vec4s: pads to a multiple of 4 numbers. */
export function packed(data: Float32Array): Packed {
  if (data.length % 4 === 0 && data.length > 0) return { offset: 0, data };
  const padded = new Float32Array(Math.max(4, quadsOf(data.length) * 4));
  padded.set(data);
  return { offset: 0, data: padded };
}

export function divideUp(a: number, b: number): number {
  return Math.ceil(a / b);
}

/** A grid for `count` invocations in a row, spread over x and y where x alone cannot hold it. */
export interface FlatGrid {
  readonly workgroups: Workgroups;
  /** For the field `grid_width`, by which `shared/flat-index.wgsl` numbers the invocations. */
  readonly width: number;
}

export function flatWorkgroups(
  count: number,
  workgroup: number,
  device: Pick<DeviceTraits, "maxWorkgroupsPerDimension">,
): FlatGrid {
  const groups = Math.max(1, divideUp(count, workgroup));
  const width = Math.min(groups, device.maxWorkgroupsPerDimension);
  return { workgroups: [width, divideUp(groups, width), 1], width };
}

/** A shape seen from one axis: the row-major tensor is [outer, size, inner]. */
export interface Rows {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
  /** outer * inner */
  readonly count: number;
}

/** `axis` may be negative. */
export function rowsOf(shape: readonly number[], axis: number): Rows {
  const at = axis < 0 ? axis + shape.length : axis;
  const product = (sizes: readonly number[]) => sizes.reduce((a, b) => a * b, 1);
  const [outer, inner] = [product(shape.slice(0, at)), product(shape.slice(at + 1))];
  return { outer, size: shape[at], inner, count: outer * inner };
}

/** Number of elements of a flat tensor. */
export function elementsOf({ shape }: Pick<Flat, "shape">): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Lanes of a workgroup, divided between outputs and partial results of one output. */
export function splitLanes(
  workgroup: number,
  split: number,
): Required<Pick<Configuration, "overrides" | "imports">> {
  return {
    overrides: { WORKGROUP: workgroup, SPLIT: split },
    imports: split > 1 ? {} : { "shared/fold-lanes": "shared/fold-lanes-single" },
  };
}

/**
 * Lanes of a workgroup, and how many of them share a row: one where barriers are dear, where rows
 * are short, or where enough rows lie side by side in memory.
 */
export function rowLanes(
  { size, inner, count }: Rows,
  device: Pick<DeviceTraits, "software">,
): readonly [workgroup: number, split: number] {
  if (device.software) return [4, 1];
  return size < 64 || (inner > 1 && count >= 1024) ? [64, 1] : [64, 64];
}
