/** What both dispatches of top-k share: their spec, and how rows are cut into chunks. */
import type { DeviceTraits, ParamFields } from "../kernel.ts";
import { rowsOf } from "../spec.ts";
import type { Flat } from "../spec.ts";

export interface TopKSpec {
  readonly x: Flat;
  /** x with size k on the axis */
  readonly values: Flat;
  /** of the same shape: positions on the axis, as f32 */
  readonly indices: Flat;
  /** `topKScratch` f32s that lie beside the other three */
  readonly scratch: Flat;
  readonly axis: number;
  readonly k: number;
  readonly largest: boolean;
}

export const TOP_K_PARAMS: ParamFields = [
  ["x", "u32"],
  ["values", "u32"],
  ["indices", "u32"],
  ["bests", "u32"],
  ["k", "u32"],
  ["size", "u32"],
  ["inner", "u32"],
  ["rows", "u32"],
  ["chunks", "u32"],
  ["length", "u32"],
  ["chunk_step", "u32"],
  ["element_step", "u32"],
  ["grid_width", "u32"],
];

/** The square root balances the search for the best chunk with the search within it. */
const balanced = (size: number) => Math.max(1, Math.ceil(Math.sqrt(size)));

/** A GPU wants many short chunks: they are read at once, each by one invocation. */
export const mostChunks = (size: number): number => Math.max(1, Math.min(size, 4 * balanced(size)));

/** The fields of both kernels but for `grid_width`. */
export function topKParams(
  { x, values, indices, scratch, axis, k }: TopKSpec,
  device: DeviceTraits,
): Record<"rows" | "chunks", number> & Record<string, number> {
  const { size, inner, count } = rowsOf(x.shape, axis);
  let chunks = device.software ? balanced(size) : mostChunks(size);
  const length = Math.max(1, Math.ceil(size / chunks));
  // Caches of a CPU like a chunk in one piece, neighbouring invocations of a GPU neighbouring words.
  if (device.software) chunks = Math.max(1, Math.ceil(size / length));
  const [chunkStep, elementStep] = device.software ? [length, 1] : [1, chunks];
  return {
    x: x.offset,
    values: values.offset,
    indices: indices.offset,
    bests: scratch.offset,
    k,
    size,
    inner,
    rows: count,
    chunks,
    length,
    chunk_step: chunkStep,
    element_step: elementStep,
  };
}
