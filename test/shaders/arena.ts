/** Lays tensors of the host out in an arena, runs kernels on it and compares what they wrote. */
import { expect } from "vitest";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { imageSize, quadsOf } from "../../src/shaders/spec.ts";
import type { Flat, Packed, Quads } from "../../src/shaders/spec.ts";
import { runKernel } from "../gpu/run-kernel.ts";
import type { KernelRun } from "../gpu/run-kernel.ts";

/** What kernels are configured for; all of it runs on the adapter at hand. */
export const DEVICES: readonly (readonly [name: string, traits: Partial<DeviceTraits>])[] = [
  ["a CPU", { software: true }],
  ["a GPU", { software: false }],
  ["a GPU with few workgroups in a row", { software: false, maxWorkgroupsPerDimension: 3 }],
  ["a CPU with few workgroups in a row", { software: true, maxWorkgroupsPerDimension: 3 }],
];

/** Where nothing was written; also what unused lanes hold. */
const UNTOUCHED = 12345.5;
/** vec4s between two tensors, and between the images of one in quads. */
const GAP = 3;

/** Tensors one after the other, with gaps that no kernel may touch. */
export class Arena {
  private length = GAP * 4;
  private readonly contents: [at: number, values: Iterable<number>][] = [];

  /** A tensor [N, C, H, W] in channel quads. */
  quads(shape: Shape, values?: Tensor): Quads {
    const [images, channels, height, width] = shape;
    const size = imageSize({ channels, height, width });
    const tensor = { offset: this.length / 4, images, channels, height, width };
    const quads = { ...tensor, imageStride: size + GAP };
    this.length += (images * quads.imageStride + GAP) * 4;
    if (values) {
      const cells = cellsOfQuads(quads);
      cells.forEach((at, i) => this.contents.push([at, [values.data[i]]]));
    }
    return quads;
  }

  flat(shape: Shape, values?: Tensor): Flat {
    const offset = this.length;
    this.length += (quadsOf(sizeOf(shape)) + GAP) * 4;
    if (values) this.contents.push([offset, values.data]);
    return { offset, shape };
  }

  data(): Float32Array {
    const data = new Float32Array(this.length).fill(UNTOUCHED);
    for (const [at, values] of this.contents) data.set([...values], at);
    return data;
  }
}

/** Where each element of a tensor in quads lies, in the order of [N, C, H, W]. */
export function cellsOfQuads({ offset, images, channels, ...rest }: Quads): number[] {
  const area = rest.height * rest.width;
  const cells: number[] = [];
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      const quad = offset + n * rest.imageStride + (c >> 2) * area;
      for (let p = 0; p < area; p++) cells.push((quad + p) * 4 + (c & 3));
    }
  }
  return cells;
}

export function cellsOf(tensor: Quads | Flat): number[] {
  if ("images" in tensor) return cellsOfQuads(tensor);
  return Array.from({ length: sizeOf(tensor.shape) }, (_, i) => tensor.offset + i);
}

/** Constants one after the other; sets their offsets. */
export function weightsOf(...constants: Packed[]): Float32Array {
  // A first vec4 that nobody may read.
  const data: number[] = [1e9, 1e9, 1e9, 1e9];
  for (const constant of constants) {
    constant.offset = data.length / 4;
    data.push(...constant.data);
  }
  return Float32Array.from(data);
}

export interface Check<Spec> extends Omit<KernelRun<Spec>, "arena"> {
  readonly arena: Arena;
  /** What was to be written: tensors and their values. */
  readonly expected: readonly (readonly [Quads | Flat, Tensor])[];
  /** Greatest difference, as a part of the greatest value; 0 for exact. */
  readonly tolerance?: number;
}

/** Runs the kernel and compares: the expected values, and nothing else, have been written. */
export async function check<Spec>(run: Check<Spec>): Promise<void> {
  const before = run.arena.data();
  const after = await runKernel({ ...run, arena: before });
  compare(before, after, run);
}

export function compare(
  before: Float32Array,
  after: Float32Array,
  { expected, tolerance = 1e-5 }: Pick<Check<never>, "expected" | "tolerance">,
): void {
  const written = new Set<number>();
  for (const [tensor, { data, shape }] of expected) {
    const cells = cellsOf(tensor);
    expect(cells.length, `elements of ${shape.join("x")}`).toBe(data.length);
    const greatest = Array.from(data, Math.abs).reduce((a, b) => Math.max(a, b), 0);
    const wrong = cells.findIndex((at, i) => {
      const difference = Math.abs(after[at] - data[i]);
      return after[at] !== data[i] && !(difference <= tolerance * greatest);
    });
    const found = wrong < 0 ? "all right" : `${after[cells[wrong]]}, not ${data[wrong]}`;
    expect(found, `element ${wrong} of ${shape.join("x")}`).toBe("all right");
    for (const at of "images" in tensor ? lanesOf(tensor) : cells) written.add(at);
  }
  const stray = before.findIndex((x, at) => !written.has(at) && !Object.is(x, after[at]));
  expect(stray, "the first cell that was written by mistake").toBe(-1);
}

/** All lanes of a tensor in quads, the unused ones too. */
function lanesOf(quads: Quads): number[] {
  return cellsOfQuads({ ...quads, channels: quadsOf(quads.channels) * 4 });
}
