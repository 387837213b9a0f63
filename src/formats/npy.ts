/** Reads and writes NumPy's NPY files. */
import { FormatError } from "../graph/errors.ts";
import { formatShape, sizeOf, tensor } from "../graph/tensor.ts";
import type { Shape, Tensor } from "../graph/tensor.ts";
import { NUMBER_TYPES } from "./numbers.ts";
import type { NumberType } from "./numbers.ts";

/** "NUMPY" after a byte that no text begins with. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

const TYPES: Readonly<Record<string, NumberType>> = {
  "<f4": NUMBER_TYPES.float32,
  "<f8": NUMBER_TYPES.float64,
  "<f2": NUMBER_TYPES.float16,
  "|u1": NUMBER_TYPES.uint8,
  "|i1": NUMBER_TYPES.int8,
  "<u2": NUMBER_TYPES.uint16,
  "<i2": NUMBER_TYPES.int16,
  "<i4": NUMBER_TYPES.int32,
  "<i8": NUMBER_TYPES.int64,
  "|b1": NUMBER_TYPES.bool,
};

const DESCRIPTIONS = { float32: "<f4", int32: "<i4", bool: "|b1" } as const;

function readHeader(bytes: Uint8Array, where: string): { header: string; start: number } {
  if (bytes.length < 12 || MAGIC.some((byte, i) => bytes[i] !== byte)) {
    throw new FormatError(`${where}: the file does not begin with an NPY header`);
  }
  const version = bytes[6];
  if (version < 1 || version > 3) {
    throw new FormatError(`${where}: version ${version} is not supported, expected 1, 2 or 3`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const begin = version === 1 ? 10 : 12;
  const start = begin + length;
  if (start > bytes.length) {
    throw new FormatError(
      `${where}: the header has ${length} bytes, but ${bytes.length - begin} follow`,
    );
  }
  return { header: new TextDecoder().decode(bytes.subarray(begin, start)), start };
}

function readShape(header: string, where: string): Shape {
  const text = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  const sizes = (text ?? "?").split(",").map((size) => size.trim());
  if (sizes.at(-1) === "") sizes.pop();
  if (!sizes.every((size) => /^\d{1,15}$/.test(size))) {
    throw new FormatError(`${where}: the header has no valid shape`);
  }
  return sizes.map(Number);
}

/**
 * The tensor of an NPY file (versions 1 to 3). Half and double become float32, integers int32
 * (64-bit integers beyond its range saturate). float32 data is a view of `bytes` where aligned.
 * @param name the file's name, for errors
 * @throws FormatError when the file is truncated, not NPY, in Fortran order, or of another type
 */
export function parseNpy(bytes: Uint8Array, name?: string): Tensor {
  const where = name === undefined ? "npy" : `npy "${name}"`;
  const { header, start } = readHeader(bytes, where);
  const description = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? "";
  if (!Object.hasOwn(TYPES, description)) {
    const known = Object.keys(TYPES).join(", ");
    throw new FormatError(
      `${where}: element type "${description}" is not supported, expected one of ${known}`,
    );
  }
  if (/'fortran_order'\s*:\s*True/.test(header)) {
    throw new FormatError(
      `${where}: the array is in Fortran order; save it with numpy.ascontiguousarray`,
    );
  }
  const shape = readShape(header, where);
  const type = TYPES[description];
  const expected = sizeOf(shape) * type.bytes;
  const data = bytes.subarray(start);
  if (data.length !== expected) {
    throw new FormatError(
      `${where}: ${data.length} bytes of data, but shape ${formatShape(shape)} of ` +
        `"${description}" needs ${expected}`,
    );
  }
  return tensor(shape, type.read(data), where);
}

/** A version 1 NPY file of a tensor: float32, int32 or bool in C order. */
export function formatNpy({ shape, dtype, data }: Tensor): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const header = `{'descr': '${DESCRIPTIONS[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data begins at a multiple of 64 bytes, and a line feed ends the header.
  const start = Math.ceil((10 + header.length + 1) / 64) * 64;
  const text = `${header.padEnd(start - 11)}\n`;
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set([...MAGIC, 1]);
  new DataView(bytes.buffer).setUint16(8, text.length, true);
  bytes.set(new TextEncoder().encode(text), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}
