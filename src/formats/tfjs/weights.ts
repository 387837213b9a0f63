/** The weights of a TensorFlow.js model: the manifest and the bytes that it describes. */
import { FormatError } from "../../graph/errors.ts";
import { sizeOf } from "../../graph/tensor.ts";
import type { DataType, Shape, Tensor } from "../../graph/tensor.ts";
import { isBeside } from "../fetch.ts";
import { halfToFloat } from "../half.ts";
import { isObject, member, toInteger } from "./json.ts";
import type { JsonObject } from "./json.ts";

type Stored = "float32" | "int32" | "uint8" | "uint16" | "float16" | "bool";
const BYTES: ReadonlyMap<unknown, number> = new Map<Stored, number>([
  ["float32", 4],
  ["int32", 4],
  ["uint16", 2],
  ["float16", 2],
  ["uint8", 1],
  ["bool", 1],
]);
const DATA_TYPES: ReadonlyMap<unknown, DataType> = new Map<unknown, DataType>([
  ["float32", "float32"],
  ["int32", "int32"],
  ["uint8", "int32"],
  ["bool", "bool"],
]);

interface Weight {
  readonly shape: Shape;
  readonly dtype: DataType;
  readonly stored: Stored;
  /** value = stored * scale + min */
  readonly scale: number;
  readonly min: number;
  /** In bytes. */
  readonly offset: number;
}

export type Weights = ReadonlyMap<string, () => Tensor>;

function groupsOf(json: unknown, where: string): JsonObject[] {
  const manifest = isObject(json) ? member(json, "weightsManifest") : undefined;
  if (!Array.isArray(manifest)) {
    throw new FormatError(`${where}: weightsManifest is missing, expected a list`);
  }
  return Array.from(manifest, (group: unknown, index) => {
    if (isObject(group)) return group;
    throw new FormatError(`${where}: group ${index} of weightsManifest is not an object`);
  });
}

/**
 * The files of the weights, in the order in which their bytes are joined.
 * @throws FormatError when the manifest is malformed, or a path leaves the model's folder
 */
export function tfjsWeightPaths(json: unknown, name = "model.json"): string[] {
  const where = `tfjs "${name}"`;
  return groupsOf(json, where).flatMap((group) => {
    const paths = member(group, "paths");
    if (!Array.isArray(paths)) throw new FormatError(`${where}: a group of weights has no paths`);
    return paths.map((path: unknown) => {
      if (typeof path === "string" && isBeside(path)) return path;
      throw new FormatError(
        `${where}: weight path ${JSON.stringify(path)} is not valid, expected a file beside the model`,
      );
    });
  });
}

function parseWeight(json: unknown, offset: number, where: string): [string, Weight] {
  const name = isObject(json) ? member(json, "name") : undefined;
  if (!isObject(json) || typeof name !== "string") {
    throw new FormatError(`${where}: a weight of weightsManifest has no name`);
  }
  const fail = (message: string): never => {
    throw new FormatError(`${where}: weight "${name}" ${message}`);
  };
  const list = member(json, "shape");
  const shape = Array.isArray(list) ? list.map((size) => toInteger(size) ?? -1) : [-1];
  if (shape.some((size) => size < 0) || !Number.isSafeInteger(sizeOf(shape))) {
    return fail(`has shape ${JSON.stringify(list)}, expected a list of sizes`);
  }
  const type = member(json, "dtype");
  const dtype =
    DATA_TYPES.get(type) ??
    fail(`has dtype ${JSON.stringify(type)}, expected ${[...DATA_TYPES.keys()].join(", ")}`);
  const quantization = member(json, "quantization");
  if (!isObject(quantization)) {
    return [name, { shape, dtype, stored: type as Stored, scale: 1, min: 0, offset }];
  }
  const stored = member(quantization, "dtype");
  if (stored === "float16" && dtype === "float32") {
    return [name, { shape, dtype, stored, scale: 1, min: 0, offset }];
  }
  if (stored !== "uint8" && stored !== "uint16") {
    return fail(
      `is quantized to ${JSON.stringify(stored)}, expected float16 (of float32), uint8 or uint16`,
    );
  }
  const [scale, min] = ["scale", "min"].map((key) => member(quantization, key));
  if (!Number.isFinite(scale) || !Number.isFinite(min)) {
    return fail(`is quantized to ${stored} without a scale and a min`);
  }
  return [name, { shape, dtype, stored, scale: scale as number, min: min as number, offset }];
}

function decode(bytes: Uint8Array, weight: Weight): Tensor {
  const { shape, dtype, stored, scale, min, offset } = weight;
  const size = sizeOf(shape);
  // A copy, because a typed array must start on a multiple of its element size.
  const { buffer } = bytes.slice(offset, offset + size * (BYTES.get(stored) ?? 0));
  switch (stored) {
    case "float32":
      return { shape, dtype, data: new Float32Array(buffer) };
    case "int32":
      return { shape, dtype, data: new Int32Array(buffer) };
    case "float16":
      return { shape, dtype, data: halfToFloat(new Uint16Array(buffer)) };
    case "bool":
      return { shape, dtype, data: new Uint8Array(buffer).map((value) => (value ? 1 : 0)) };
    default:
  }
  const codes = stored === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
  if (dtype === "float32") {
    return { shape, dtype, data: Float32Array.from(codes, (code) => code * scale + min) };
  }
  const values = Int32Array.from(codes, (code) => Math.round(code * scale + min));
  return {
    shape,
    dtype,
    data: dtype === "int32" ? values : Uint8Array.from(values, (v) => v && 1),
  };
}

/**
 * The weights by name; each is decoded when it is asked for.
 * @throws FormatError when the manifest is malformed or describes another number of bytes
 */
export function readWeights(json: unknown, bytes: Uint8Array, where: string): Weights {
  const weights = new Map<string, () => Tensor>();
  let offset = 0;
  for (const group of groupsOf(json, where)) {
    const list = member(group, "weights");
    if (!Array.isArray(list)) throw new FormatError(`${where}: a group of weights has no weights`);
    for (const item of list) {
      const [name, weight] = parseWeight(item, offset, where);
      if (weights.has(name)) throw new FormatError(`${where}: weight "${name}" is there twice`);
      weights.set(name, () => decode(bytes, weight));
      offset += sizeOf(weight.shape) * (BYTES.get(weight.stored) ?? 0);
    }
  }
  if (offset !== bytes.length) {
    const difference = Math.abs(offset - bytes.length);
    throw new FormatError(
      `${where}: the weights have ${bytes.length} bytes, but weightsManifest describes ${offset}: ` +
        `${difference} are ${offset > bytes.length ? "missing" : "too many"}`,
    );
  }
  return weights;
}
