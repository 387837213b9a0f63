/** The numbers of an ONNX tensor: raw, typed or in another file. */
import { FormatError } from "../../graph/errors.ts";
import { formatShape, sizeOf, tensor } from "../../graph/tensor.ts";
import type { DataType, Tensor, TensorArray } from "../../graph/tensor.ts";
import { isBeside } from "../fetch.ts";
import { halfToFloat, bfloat16ToFloat } from "../half.ts";
import { NUMBER_TYPES, saturate } from "../numbers.ts";
import type { NumberName, NumberType } from "../numbers.ts";
import type { TensorProto } from "./proto.ts";

/** Numbers of TensorProto.DataType that are read. */
const NAMES: Readonly<Record<number, NumberName>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int64",
  9: "bool",
  10: "float16",
  11: "float64",
  12: "uint32",
  13: "uint64",
  16: "bfloat16",
};

/** Those that are not, for messages. */
const OTHER: Readonly<Record<number, string>> = {
  8: "string",
  14: "complex64",
  15: "complex128",
  17: "float8e4m3fn",
  18: "float8e4m3fnuz",
  19: "float8e5m2",
  20: "float8e5m2fnuz",
  21: "uint4",
  22: "int4",
  23: "float4e2m1",
  24: "float8e8m0",
  25: "uint2",
  26: "int2",
};

/** The graph's element type for ONNX's. @throws FormatError when there is none */
export function dataTypeOf(type: number, where: string): DataType {
  const name = NAMES[type];
  if (!name)
    throw new FormatError(
      `${where}: element type ${OTHER[type] ?? `number ${type}`} is not supported`,
    );
  if (name === "bool") return "bool";
  return name.includes("float") ? "float32" : "int32";
}

/** Bytes of the files beside the model that hold data of tensors, by their paths from its folder. */
export type ExternalData = Readonly<Record<string, Uint8Array>>;

/**
 * The path of the file that holds a tensor's data; null when the tensor holds it itself.
 * @throws FormatError when the path leaves the model's folder
 */
export function locationOf({ location, external }: TensorProto, where: string): string | null {
  if (location !== 1) return null;
  const path = external.find(({ key }) => key === "location")?.value ?? "";
  if (isBeside(path)) return path;
  throw new FormatError(`${where} is in "${path}", which is not a file in the model's folder`);
}

function readExternal(
  proto: TensorProto,
  path: string,
  where: string,
  externalData: ExternalData,
): Uint8Array {
  const fields = new Map(proto.external.map(({ key, value }) => [key, value]));
  const file = Object.hasOwn(externalData, path) ? externalData[path] : null;
  if (!file) {
    throw new FormatError(
      `${where} is in the file "${path}" beside the model; give its bytes by externalData`,
    );
  }
  const offset = Number(fields.get("offset") ?? 0);
  const length = Number(fields.get("length") ?? file.length - offset);
  if (![offset, length].every((n) => Number.isSafeInteger(n) && n >= 0)) {
    throw new FormatError(
      `${where} is at offset ${offset} with length ${length}, expected whole numbers of bytes`,
    );
  }
  if (offset + length > file.length) {
    throw new FormatError(
      `${where} is at bytes ${offset}..${offset + length} of "${path}", which has ${file.length}`,
    );
  }
  return file.subarray(offset, offset + length);
}

/** Elements of the typed field that ONNX prescribes for the element type. */
function readTyped(proto: TensorProto, name: NumberName): TensorArray {
  switch (name) {
    case "float32":
      return new Float32Array(proto.floats);
    case "float64":
      return new Float32Array(proto.doubles);
    case "float16":
      return halfToFloat(new Uint16Array(proto.ints));
    case "bfloat16":
      return bfloat16ToFloat(new Uint16Array(proto.ints));
    case "bool":
      return Uint8Array.from(proto.ints, (x) => (x ? 1 : 0));
    case "int64":
      return Int32Array.from(proto.longs, saturate);
    case "uint32":
    case "uint64":
      return Int32Array.from(proto.unsignedLongs, saturate);
    default:
      return Int32Array.from(proto.ints, saturate);
  }
}

/**
 * A tensor of the file; raw float32 and int32 data is a view of it where aligned.
 * @param where begins each error, as in `onnx "model.onnx": initializer "w"`
 * @throws FormatError when the element type is not supported, or the data does not fit the shape
 */
export function readTensor(
  proto: TensorProto,
  where: string,
  externalData: ExternalData = {},
): Tensor {
  dataTypeOf(proto.dataType, where);
  const name = NAMES[proto.dataType];
  const shape = proto.dims;
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0)) {
    throw new FormatError(`${where}: shape ${formatShape(shape)} is not valid`);
  }
  const path = locationOf(proto, where);
  const raw = path === null ? proto.raw : readExternal(proto, path, where, externalData);
  const type: NumberType = NUMBER_TYPES[name];
  const typed = raw ? null : readTyped(proto, name);
  const found = raw ? raw.length / type.bytes : (typed?.length ?? 0);
  if (found !== sizeOf(shape)) {
    const given = raw ? `${raw.length} bytes` : `${found} elements`;
    const needed = raw ? sizeOf(shape) * type.bytes : sizeOf(shape);
    throw new FormatError(
      `${where}: ${given} of data, but shape ${formatShape(shape)} of ${name} needs ${needed}`,
    );
  }
  return tensor(shape, typed ?? type.read(raw as Uint8Array), where);
}
