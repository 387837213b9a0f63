/** Reads an ONNX file with all operators at hand. */
import type { Graph } from "../../graph/graph.ts";
import { MORE } from "./more.ts";
import { convertOnnx, decodeOnnx, findUnsupportedIn } from "./onnx.ts";
import type { OnnxModel, OnnxOptions } from "./onnx.ts";
import { CORE } from "./operators.ts";
import type { Converters } from "./operators.ts";
import { REASONS } from "./reasons.ts";

const ALL: Converters = { ...CORE, ...MORE };

/** Operators of the default domain that `parseOnnx` reads, by name. */
export const supportedOnnxOperators: readonly string[] = Object.keys(ALL).sort();

/**
 * The graph of an ONNX file (operator sets 6 to 25). What depends on shapes and constants only is
 * computed here; int64 becomes int32, half and double float32. An unknown batch size is 1.
 * Weights are views of `bytes` where they are aligned: do not change it afterwards.
 *
 * @example
 * const graph = parseOnnx(await readFile("model.onnx"), { name: "model.onnx" });
 *
 * @throws FormatError when the file is truncated, not ONNX, or uses what is not supported
 * @throws ShapeError when shapes do not fit, or an input has an unknown size that is not given
 */
export function parseOnnx(bytes: Uint8Array, options: OnnxOptions = {}): Graph {
  return convertAnyOnnx(decodeOnnx(bytes, options.name), options);
}

/** As `parseOnnx`, of a decoded file. */
export function convertAnyOnnx(model: OnnxModel, options: OnnxOptions): Graph {
  return convertOnnx(ALL, model, options, REASONS);
}

/**
 * Operators of an ONNX file that `parseOnnx` does not read, most frequent first.
 * @throws FormatError when the file is truncated or not ONNX
 */
export function findUnsupportedOnnx(
  bytes: Uint8Array,
  name = "model",
): { op: string; count: number }[] {
  return findUnsupportedIn(ALL, bytes, name);
}
