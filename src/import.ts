/** Turns whatever names or holds a model into a graph. */
import { readBytes } from "./formats/fetch.ts";
import type { ReadOptions } from "./formats/fetch.ts";
import { convertOnnx, decodeOnnx, externalFiles } from "./formats/onnx/onnx.ts";
import type { OnnxModel } from "./formats/onnx/onnx.ts";
import { CORE } from "./formats/onnx/operators.ts";
import { FormatError } from "./graph/errors.ts";
import type { Graph } from "./graph/graph.ts";
import type { Shape, Tensor } from "./graph/tensor.ts";

/** A model.json with the bytes of its weight files, one after the other. */
export interface TfjsSource {
  readonly json: unknown;
  readonly weights: Uint8Array;
}

/** The text of a Darknet `.cfg` with the bytes of its `.weights`. */
export interface DarknetSource {
  readonly cfg: string;
  readonly weights: Uint8Array;
}

/**
 * A URL (in Node also a path), the bytes of a file, a parsed TensorFlow.js model, a Darknet network, or
 * a graph. A TensorFlow.js model.json and a Darknet .cfg have their weights in files beside them.
 */
export type ModelSource =
  string | URL | Uint8Array | ArrayBuffer | TfjsSource | DarknetSource | Graph;

export interface ImportOptions extends ReadOptions {
  /** For errors; by default the last part of the URL. */
  readonly name?: string;
  /** Shapes of inputs by name, where the file leaves sizes open. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /** Inputs that are known before a run: they become constants. */
  readonly inputValues?: Readonly<Record<string, Tensor>>;
  /**
   * The bytes of files that hold weights of an ONNX model, by their paths from the model's folder.
   * Those that are not given are read from beside the model, if it has an address.
   */
  readonly externalData?: Readonly<Record<string, Uint8Array>>;
}

/**
 * Reads a model without a GPU. ONNX, TensorFlow.js and Darknet are told apart by the content.
 * @throws FormatError when the file is not there, not a model, or uses what is not supported.
 */
export async function readGraph(source: ModelSource, options: ImportOptions = {}): Promise<Graph> {
  if (isGraph(source)) return source;
  if (isTfjsSource(source)) return importTfjs(source, options);
  if (isDarknetSource(source)) return importDarknet(source, options);
  if (typeof source !== "string" && !(source instanceof URL)) {
    return importBytes(new Uint8Array(source as ArrayBuffer), null, options);
  }
  const bytes = await readBytes(source, options);
  const name = options.name ?? nameOf(String(source));
  return importBytes(bytes, source, { ...options, name });
}

function isGraph(source: ModelSource): source is Graph {
  return typeof source === "object" && "nodes" in source;
}

function isTfjsSource(source: ModelSource): source is TfjsSource {
  return typeof source === "object" && "json" in source;
}

function isDarknetSource(source: ModelSource): source is DarknetSource {
  return typeof source === "object" && "cfg" in source;
}

function nameOf(address: string): string {
  return (
    address
      .replace(/[?#].*$/, "")
      .split(/[/\\]/)
      .at(-1) ?? address
  );
}

async function importBytes(
  bytes: Uint8Array,
  source: string | URL | null,
  options: ImportOptions,
): Promise<Graph> {
  const name = options.name ?? "model";
  checkNotEmpty(bytes, name);
  if (looksLikeCfg(bytes)) return importCfg(new TextDecoder().decode(bytes), source, options);
  if (!looksLikeJson(bytes)) return importOnnx(decodeOnnx(bytes, name), source, options);
  const json = parseJson(bytes, name);
  if (source === null) {
    throw new FormatError(
      `tfjs "${name}": pass { json, weights }: the weights are in files of their own`,
    );
  }
  return importTfjs({ json, weights: await readWeights(json, source, options) }, options);
}

/** Most files need the core operators only; the others are loaded for those that do not get by. */
async function importOnnx(
  model: OnnxModel,
  source: string | URL | null,
  options: ImportOptions,
): Promise<Graph> {
  const { name = "model", inputShapes, inputValues } = options;
  const externalData = await readExternalData(model, source, options);
  const onnx = { name, inputShapes, inputValues, externalData };
  try {
    return convertOnnx(CORE, model, onnx);
  } catch {
    const { convertAnyOnnx } = await import("./formats/onnx/all.ts");
    return convertAnyOnnx(model, onnx);
  }
}

/** The weights of a Darknet network have its name, with another ending. */
async function importCfg(
  cfg: string,
  source: string | URL | null,
  options: ImportOptions,
): Promise<Graph> {
  const name = options.name ?? "model";
  if (source === null) {
    throw new FormatError(
      `darknet "${name}": pass { cfg, weights }: the weights are in a file of their own`,
    );
  }
  // A mistake in the configuration is told before its weights are fetched.
  await importDarknet({ cfg, weights: null }, options);
  const file = nameOf(String(source)).replace(/\.cfg$/, "") + ".weights";
  const [weights] = await readBeside(source, [file], options);
  return importDarknet({ cfg, weights }, options);
}

async function importDarknet(
  { cfg, weights }: Pick<DarknetSource, "cfg"> & { readonly weights: Uint8Array | null },
  options: ImportOptions,
): Promise<Graph> {
  const { parseDarknet } = await import("./darknet.ts");
  return parseDarknet(cfg, weights, { name: options.name });
}

async function readBeside(
  source: string | URL,
  files: readonly string[],
  options: ImportOptions,
): Promise<Uint8Array[]> {
  return (await import("./formats/read-beside.ts")).readBeside(source, files, options);
}

/** What the caller gives of the files beside an ONNX model, and what has to be read. */
async function readExternalData(
  model: OnnxModel,
  source: string | URL | null,
  options: ImportOptions,
): Promise<Readonly<Record<string, Uint8Array>>> {
  const { name, externalData = {} } = options;
  const files = externalFiles(model, name).filter((path) => !Object.hasOwn(externalData, path));
  if (source === null || files.length === 0) return externalData;
  const read = await readBeside(source, files, options);
  return { ...externalData, ...Object.fromEntries(read.map((bytes, i) => [files[i], bytes])) };
}

/** The weight files beside a model.json, joined. */
async function readWeights(
  json: unknown,
  source: string | URL,
  options: ImportOptions,
): Promise<Uint8Array> {
  const { tfjsWeightPaths } = await import("./formats/tfjs/weights.ts");
  const files = await readBeside(source, tfjsWeightPaths(json, options.name), options);
  const weights = new Uint8Array(files.reduce((sum, file) => sum + file.length, 0));
  let offset = 0;
  for (const file of files) {
    weights.set(file, offset);
    offset += file.length;
  }
  return weights;
}

/**
 * Operators of a file that cannot be imported, most frequent first; none for a graph.
 * @throws FormatError when the file is not there or not a model.
 */
export async function findUnsupported(
  source: ModelSource,
  options: ImportOptions = {},
): Promise<{ op: string; count: number }[]> {
  if (isGraph(source) || isDarknetSource(source)) return [];
  const { findUnsupportedTfjs } = await import("./formats/tfjs/parse.ts");
  if (isTfjsSource(source)) return findUnsupportedTfjs(source.json, options.name);
  const isAddress = typeof source === "string" || source instanceof URL;
  const bytes = isAddress
    ? await readBytes(source, options)
    : new Uint8Array(source as ArrayBuffer);
  const name = options.name ?? (isAddress ? nameOf(String(source)) : "model");
  checkNotEmpty(bytes, name);
  if (looksLikeCfg(bytes)) return [];
  if (looksLikeJson(bytes)) return findUnsupportedTfjs(parseJson(bytes, name), name);
  const { findUnsupportedOnnx } = await import("./formats/onnx/all.ts");
  return findUnsupportedOnnx(bytes, name);
}

function checkNotEmpty(bytes: Uint8Array, name: string): void {
  if (bytes.length === 0) throw new FormatError(`"${name}" is empty`);
}

/** A Darknet configuration begins with a section, or a comment before it. */
function looksLikeCfg(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  return /^(\s*[#;][^\n]*\n)*\s*\[net/.test(text);
}

/** A protobuf message cannot begin with a brace: there is no such field. */
function looksLikeJson(bytes: Uint8Array): boolean {
  return bytes.find((byte) => byte > 32) === 0x7b;
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new FormatError(`tfjs "${name}": not valid JSON: ${(error as Error).message}`);
  }
}

async function importTfjs({ json, weights }: TfjsSource, options: ImportOptions): Promise<Graph> {
  const { parseTfjs } = await import("./formats/tfjs/parse.ts");
  const { name, inputShapes } = options;
  return parseTfjs(json, weights, { name, inputShapes });
}
