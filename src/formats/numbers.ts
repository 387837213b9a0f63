/** Raw little-endian numbers of model files, read into the element types of tensors. */
import type { TensorArray } from "../graph/tensor.ts";
import { bfloat16ToFloat, halfToFloat } from "./half.ts";

const LARGEST = 2 ** 31 - 1;

interface ViewOf<T> {
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** The bytes seen as another array: a view where they are aligned, else of a copy. */
export function viewBytes<T>(bytes: Uint8Array, type: ViewOf<T>): T {
  // Not bytes.slice(): Node's Buffer returns another view there.
  const unaligned = bytes.byteOffset % type.BYTES_PER_ELEMENT !== 0;
  const aligned = unaligned ? new Uint8Array(bytes) : bytes;
  const length = bytes.byteLength / type.BYTES_PER_ELEMENT;
  return new type(aligned.buffer, aligned.byteOffset, length);
}

/** To int32: truncated, and beyond its range the nearest. */
export function saturate(value: number): number {
  return Math.min(Math.max(Math.trunc(value), ~LARGEST), LARGEST);
}

function narrow64(bytes: Uint8Array, signed: boolean): Int32Array {
  const words = viewBytes(bytes, Int32Array);
  const numbers = new Int32Array(words.length / 2);
  for (let i = 0; i < numbers.length; i++) {
    const [low, high] = [words[2 * i], words[2 * i + 1]];
    if (high === (signed ? low >> 31 : 0) && (signed || low >= 0)) numbers[i] = low;
    else numbers[i] = signed && high < 0 ? ~LARGEST : LARGEST;
  }
  return numbers;
}

/** Bytes of a number, and how to read a whole number of them. */
export interface NumberType {
  readonly bytes: number;
  read(bytes: Uint8Array): TensorArray;
}

/** 64-bit and unsigned 32-bit integers saturate to int32; half and double become float32. */
export const NUMBER_TYPES = {
  float32: { bytes: 4, read: (b) => viewBytes(b, Float32Array) },
  float64: { bytes: 8, read: (b) => new Float32Array(viewBytes(b, Float64Array)) },
  float16: { bytes: 2, read: (b) => halfToFloat(viewBytes(b, Uint16Array)) },
  bfloat16: { bytes: 2, read: (b) => bfloat16ToFloat(viewBytes(b, Uint16Array)) },
  int8: { bytes: 1, read: (b) => new Int32Array(viewBytes(b, Int8Array)) },
  uint8: { bytes: 1, read: (b) => new Int32Array(b) },
  int16: { bytes: 2, read: (b) => new Int32Array(viewBytes(b, Int16Array)) },
  uint16: { bytes: 2, read: (b) => new Int32Array(viewBytes(b, Uint16Array)) },
  int32: { bytes: 4, read: (b) => viewBytes(b, Int32Array) },
  uint32: { bytes: 4, read: (b) => Int32Array.from(viewBytes(b, Uint32Array), saturate) },
  int64: { bytes: 8, read: (b) => narrow64(b, true) },
  uint64: { bytes: 8, read: (b) => narrow64(b, false) },
  bool: { bytes: 1, read: (b) => Uint8Array.from(b, (byte) => (byte ? 1 : 0)) },
} satisfies Record<string, NumberType>;

export type NumberName = keyof typeof NUMBER_TYPES;
