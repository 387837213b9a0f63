/** How numbers lie in GPU memory; every offset counts elements or vec4s, whatever their bytes. */
import type { Graph } from "../graph/graph.ts";
import type { DataType, TensorArray } from "../graph/tensor.ts";

/** Activations and weights are stored in this type; kernels compute in f32 all the same. */
export type Precision = "f32" | "f16";

export interface Elements {
  readonly precision: Precision;
  readonly bytes: 4 | 2;
  /** Files that the linker takes in the place of others, and their texts. */
  readonly imports: Readonly<Record<string, string>>;
  readonly files: Readonly<Record<string, string>>;
  /** What to write into a buffer for these numbers: a multiple of 4 bytes. */
  encode(numbers: Float32Array): ArrayBufferView<ArrayBuffer>;
  /** `count` numbers that lie `offset` bytes into what was read from a buffer. */
  decode(bytes: ArrayBuffer, offset: number, count: number): Float32Array;
  /** @throws GraphError when a graph has integers that cannot be stored exactly. */
  checkGraph?(graph: Graph): void;
  /**
   * `data`: null when the numbers are in a GPU buffer.
   * @throws GraphError when an input has integers that cannot be stored exactly.
   */
  checkInput?(name: string, dtype: DataType, data: TensorArray | null): void;
}

export const F32: Elements = {
  precision: "f32",
  bytes: 4,
  imports: {},
  files: {},
  encode: (numbers) => numbers as Float32Array<ArrayBuffer>,
  decode: (bytes, offset, count) => new Float32Array(bytes, offset, count),
};
