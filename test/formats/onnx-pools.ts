/** Random pools over 1 to 4 axes as ONNX nodes, and what they compute, coordinate by coordinate. */
import fc from "fast-check";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { noise } from "../reference/apply.ts";
import type { NodeOptions } from "./onnx-encode.ts";

interface Axis {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
}

export interface Pool {
  readonly op: "MaxPool" | "AveragePool" | "LpPool";
  readonly channels: number;
  readonly axes: readonly Axis[];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly columnMajor: boolean;
}

const extentOf = ({ kernel, dilation }: Axis) => dilation * (kernel - 1) + 1;

/** Padding is less than the window, and the padded axis is as large as the window. */
const axis: fc.Arbitrary<Axis> = fc
  .record({
    size: fc.integer({ min: 1, max: 6 }),
    kernel: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 3 }),
    dilation: fc.integer({ min: 1, max: 2 }),
    before: fc.integer({ min: 0, max: 2 }),
    after: fc.integer({ min: 0, max: 2 }),
  })
  .map((given) => ({
    ...given,
    before: Math.min(given.before, given.kernel - 1),
    after: Math.min(given.after, given.kernel - 1),
  }))
  .filter((given) => given.before + given.size + given.after >= extentOf(given));

function pooledSize(given: Axis, ceilMode: boolean): number {
  const { size, stride, before, after } = given;
  const steps = (before + size + after - extentOf(given)) / stride;
  const count = Math.floor(steps) + 1;
  const startsInside = count * stride < size + before;
  return ceilMode && !Number.isInteger(steps) && startsInside ? count + 1 : count;
}

const positionOf = (given: Axis, cell: number, tap: number): number =>
  cell * given.stride - given.before + tap * given.dilation;

/** Whether every window has a pixel: the maximum of none is not defined. */
function hasPixels(given: Axis, ceilMode: boolean): boolean {
  return Array.from({ length: pooledSize(given, ceilMode) }, (_, cell) =>
    Array.from({ length: given.kernel }, (_tap, tap) => positionOf(given, cell, tap)),
  ).every((places) => places.some((place) => place >= 0 && place < given.size));
}

export const pools: fc.Arbitrary<Pool> = fc
  .record<Pool>({
    op: fc.constantFrom("MaxPool", "AveragePool", "LpPool"),
    channels: fc.integer({ min: 1, max: 5 }),
    axes: fc.array(axis, { minLength: 1, maxLength: 4 }),
    ceilMode: fc.boolean(),
    countIncludePad: fc.boolean(),
    columnMajor: fc.boolean(),
  })
  .filter(
    ({ op, axes, ceilMode }) =>
      op !== "MaxPool" || axes.every((given) => hasPixels(given, ceilMode)),
  );

const P = 3;

/** The shape of x and the rest of the node. */
export function nodeOf(pool: Pool): [shape: number[], options: NodeOptions] {
  const { op, axes } = pool;
  const list = (key: keyof Axis) => axes.map((given) => given[key]);
  const attributes = {
    kernel_shape: list("kernel"),
    strides: list("stride"),
    dilations: list("dilation"),
    pads: [...list("before"), ...list("after")],
    ceil_mode: Number(pool.ceilMode),
    ...(op === "MaxPool" && { storage_order: Number(pool.columnMajor) }),
    ...(op === "AveragePool" && { count_include_pad: Number(pool.countIncludePad) }),
    ...(op === "LpPool" && { p: P }),
  };
  const outputs = op === "MaxPool" ? ["y", "indices"] : ["y"];
  return [[2, pool.channels, ...list("size")], { opset: 19, attributes, outputs }];
}

/** x of a pool; in steps, so that several elements of a window are the greatest. */
export function inputOf(pool: Pool): Tensor {
  const x = noise(nodeOf(pool)[0], 1);
  return { ...x, data: Float32Array.from(x.data, (value) => Math.round(value * 4) / 4 - 1) };
}

/** Every list of coordinates below `sizes`, in row-major order. */
function coordinates(sizes: readonly number[]): number[][] {
  return sizes.reduce<number[][]>(
    (lists, size) => lists.flatMap((list) => Array.from({ length: size }, (_, i) => [...list, i])),
    [[]],
  );
}

/** The outputs by name: y, and of MaxPool the indices into the whole tensor. */
export function expectedOf(pool: Pool, x: Tensor): Record<string, Tensor> {
  const { op, axes, columnMajor } = pool;
  const outSizes = axes.map((given) => pooledSize(given, pool.ceilMode));
  const sizes = axes.map(({ size }) => size);
  const plane = sizeOf(sizes);
  const [y, indices]: number[][] = [[], []];
  for (let start = 0; start < x.data.length; start += plane) {
    for (const cell of coordinates(outSizes)) {
      let [sum, padded, pixels, best, at] = [0, 0, 0, -Infinity, 0];
      for (const tap of coordinates(axes.map(({ kernel }) => kernel))) {
        const place = axes.map((given, i) => positionOf(given, cell[i], tap[i]));
        if (place.every((p, i) => p < sizes[i] + axes[i].after)) padded++;
        if (!place.every((p, i) => p >= 0 && p < sizes[i])) continue;
        const rowMajor = place.reduce((index, p, i) => index * sizes[i] + p, 0);
        const value = x.data[start + rowMajor];
        sum += op === "LpPool" ? Math.abs(value) ** P : value;
        pixels++;
        if (value <= best) continue;
        best = value;
        const turned = place.reduceRight((index, p, i) => index * sizes[i] + p, 0);
        at = start + (columnMajor ? turned : rowMajor);
      }
      const divisor = pool.countIncludePad ? padded : Math.max(pixels, 1);
      y.push(op === "MaxPool" ? best : op === "LpPool" ? Math.cbrt(sum) : sum / divisor);
      indices.push(at);
    }
  }
  const shape = [2, pool.channels, ...outSizes];
  const outputs: Record<string, Tensor> = {
    y: { shape, dtype: "float32", data: Float32Array.from(y) },
  };
  if (op === "MaxPool") {
    outputs.indices = { shape, dtype: "int32", data: Int32Array.from(indices) };
  }
  return outputs;
}
