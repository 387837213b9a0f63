/** Reads and writes safetensors files. */
import { FormatError } from "../graph/errors.ts";
import { formatShape, sizeOf, tensor } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";
import { NUMBER_TYPES } from "./numbers.ts";
import type { NumberType } from "./numbers.ts";

const TYPES: Readonly<Record<string, NumberType>> = {
  F32: NUMBER_TYPES.float32,
  F16: NUMBER_TYPES.float16,
  BF16: NUMBER_TYPES.bfloat16,
  F64: NUMBER_TYPES.float64,
  I8: NUMBER_TYPES.int8,
  U8: NUMBER_TYPES.uint8,
  I16: NUMBER_TYPES.int16,
  U16: NUMBER_TYPES.uint16,
  I32: NUMBER_TYPES.int32,
  U32: NUMBER_TYPES.uint32,
  I64: NUMBER_TYPES.int64,
  U64: NUMBER_TYPES.uint64,
  BOOL: NUMBER_TYPES.bool,
};

const NAMES = { float32: "F32", int32: "I32", bool: "BOOL" } as const;

/** Where a tensor lies in the data, in bytes. */
interface Entry {
  readonly name: string;
  readonly type: NumberType;
  readonly shape: number[];
  readonly begin: number;
  readonly end: number;
}

function isNaturals(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((x) => Number.isSafeInteger(x) && x >= 0);
}

function readHeader(bytes: Uint8Array, where: string) {
  if (bytes.length < 8) {
    throw new FormatError(`${where}: ${bytes.length} bytes are too few, expected at least 8`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
  if (length > bytes.length - 8) {
    throw new FormatError(
      `${where}: the header has ${length} bytes, but ${bytes.length - 8} follow; ` +
        `the file is truncated or not a safetensors file`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  } catch {
    throw new FormatError(`${where}: the header is not JSON`);
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) {
    throw new FormatError(`${where}: the header is not an object`);
  }
  return { header, data: bytes.subarray(8 + length) };
}

function readEntry(name: string, fields: unknown, dataLength: number, where: string): Entry {
  const at = `${where}: tensor "${name}"`;
  const { dtype, shape, data_offsets: offsets } = Object(fields) as Record<string, unknown>;
  if (typeof dtype !== "string" || !Object.hasOwn(TYPES, dtype)) {
    const known = Object.keys(TYPES).join(", ");
    throw new FormatError(
      `${at} has dtype ${JSON.stringify(dtype)}, which is not supported, expected one of ${known}`,
    );
  }
  if (!isNaturals(shape)) throw new FormatError(`${at} has no valid shape`);
  if (!isNaturals(offsets) || offsets.length !== 2 || offsets[0] > offsets[1]) {
    throw new FormatError(`${at} has no valid data_offsets`);
  }
  const [begin, end] = offsets;
  if (end > dataLength) {
    throw new FormatError(`${at} ends at byte ${end} of the data, which has ${dataLength} bytes`);
  }
  const type = TYPES[dtype];
  const expected = sizeOf(shape) * type.bytes;
  if (end - begin !== expected) {
    throw new FormatError(
      `${at} has ${end - begin} bytes, but shape ${formatShape(shape)} of ${dtype} needs ${expected}`,
    );
  }
  return { name, type, shape, begin, end };
}

function checkOverlaps(entries: readonly Entry[], where: string): void {
  const sorted = entries.filter(({ begin, end }) => begin < end).sort((a, b) => a.begin - b.begin);
  sorted.slice(1).forEach((entry, i) => {
    const before = sorted[i];
    if (entry.begin < before.end) {
      throw new FormatError(
        `${where}: tensor "${entry.name}" begins at byte ${entry.begin}, but tensor ` +
          `"${before.name}" ends at ${before.end}`,
      );
    }
  });
}

/**
 * The tensors of a safetensors file by name, in the header's order. Half, bfloat16 and double become
 * float32, integers int32 (beyond its range they saturate). F32 data is a view of `bytes` where
 * aligned.
 * @param name the file's name, for errors
 * @throws FormatError when the file is truncated, malformed, or has an element type without a row above
 */
export function parseSafetensors(bytes: Uint8Array, name?: string): Map<string, Tensor> {
  const where = name === undefined ? "safetensors" : `safetensors "${name}"`;
  const { header, data } = readHeader(bytes, where);
  const entries = Object.entries(header)
    .filter(([key]) => key !== "__metadata__")
    .map(([key, fields]) => readEntry(key, fields, data.length, where));
  checkOverlaps(entries, where);
  return new Map(
    entries.map(({ name: key, type, shape, begin, end }) => [
      key,
      tensor(shape, type.read(data.subarray(begin, end)), `${where}: tensor "${key}"`),
    ]),
  );
}

/** A safetensors file of float32, int32 and bool tensors, in the order of the map. */
export function formatSafetensors(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    [...tensors].map(([name, { shape, dtype, data }]) => {
      const begin = end;
      end += data.byteLength;
      return [name, { dtype: NAMES[dtype], shape, data_offsets: [begin, end] }];
    }),
  );
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  new DataView(bytes.buffer).setUint32(0, start - 8, true);
  bytes.set(json, 8);
  let at = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}
