/** The JSON of a TensorFlow.js graph model, checked and brought into plain types. */
import { FormatError } from "../../graph/errors.ts";
import type { DataType } from "../../graph/tensor.ts";
import { isObject, member } from "./json.ts";
import type { JsonObject } from "./json.ts";
import { Attributes, parseDimensions } from "./attributes.ts";

/** One output of a node. */
export interface Reference {
  readonly name: string;
  readonly output: number;
}

export interface TfjsNode {
  /** Position in the file. */
  readonly index: number;
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly Reference[];
  readonly attributes: Attributes;
  /** @throws FormatError that names the file and the node. */
  readonly fail: (message: string) => never;
}

/** A tensor that the signature names. */
export interface SignatureEntry extends Reference {
  readonly key: string;
  /** Sizes, -1 where unknown; null when even the rank is. */
  readonly dimensions: readonly number[] | null;
}

export interface TfjsModel {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, TfjsNode>;
  readonly inputs: readonly SignatureEntry[];
  readonly outputs: readonly SignatureEntry[];
}

/** Element types by the names and numbers of TensorFlow. */
const TYPES: readonly (readonly [string, number, DataType])[] = [
  ["DT_FLOAT", 1, "float32"],
  ["DT_DOUBLE", 2, "float32"],
  ["DT_INT32", 3, "int32"],
  ["DT_UINT8", 4, "int32"],
  ["DT_INT16", 5, "int32"],
  ["DT_INT8", 6, "int32"],
  ["DT_INT64", 9, "int32"],
  ["DT_BOOL", 10, "bool"],
  ["DT_BFLOAT16", 14, "float32"],
  ["DT_UINT16", 17, "int32"],
  ["DT_HALF", 19, "float32"],
];

/** The type that an attribute such as `DstT` names. */
export function dataType(node: TfjsNode, attribute: string): DataType {
  const given = node.attributes.type(attribute);
  const row = TYPES.find(([name, number]) => name === given || number === given);
  return row?.[2] ?? node.fail(`has elements of type ${given}, expected numbers or booleans`);
}

/** Reads `name`, `name:1`; `^name` orders execution only and gives null. */
function parseReference(text: string): Reference | null {
  if (text.startsWith("^")) return null;
  const parts = text.split(":");
  const output = parts.length > 1 ? Number(parts[parts.length - 1]) : 0;
  return { name: parts[0], output: Number.isSafeInteger(output) && output >= 0 ? output : 0 };
}

function parseNode(json: unknown, index: number, where: string): TfjsNode {
  if (!isObject(json)) throw new FormatError(`${where}: node ${index} is not an object`);
  const name = member(json, "name");
  const op = member(json, "op");
  if (typeof name !== "string" || typeof op !== "string") {
    throw new FormatError(`${where}: node ${index} has no name or no op`);
  }
  const fail = (message: string): never => {
    throw new FormatError(`${where}: node ${index} "${op}" (${name}) ${message}`);
  };
  const input = member(json, "input") ?? [];
  if (!Array.isArray(input) || !input.every((text) => typeof text === "string")) {
    return fail("has inputs that are not a list of names");
  }
  const inputs = input.map(parseReference).filter((reference) => reference !== null);
  const attributes = new Attributes(member(json, "attr"), fail);
  return { index, name, op, inputs, attributes, fail };
}

function parseEntries(json: unknown, where: string): SignatureEntry[] {
  if (!isObject(json)) return [];
  return Object.entries(json).map(([key, entry]) => {
    const name = isObject(entry) ? member(entry, "name") : undefined;
    const reference = typeof name === "string" ? parseReference(name) : null;
    if (!isObject(entry) || !reference) {
      throw new FormatError(`${where}: the signature gives no tensor name for "${key}"`);
    }
    return { key, ...reference, dimensions: parseDimensions(member(entry, "tensorShape")) };
  });
}

function findSignature(json: JsonObject): JsonObject | null {
  const metadata = member(json, "userDefinedMetadata");
  const found = member(json, "signature") ?? (isObject(metadata) && member(metadata, "signature"));
  return isObject(found) ? found : null;
}

/** Without a signature: the nodes that no node reads. */
function unreadNodes(nodes: ReadonlyMap<string, TfjsNode>): SignatureEntry[] {
  const read = new Set([...nodes.values()].flatMap((node) => node.inputs.map(({ name }) => name)));
  return [...nodes.values()]
    .filter(({ name, op }) => !read.has(name) && !["Const", "Placeholder", "NoOp"].includes(op))
    .map(({ name }) => ({ key: name, name, output: 0, dimensions: null }));
}

/** Whether the JSON is that of a TensorFlow.js model, of whichever kind. */
export function isTfjs(json: unknown): boolean {
  return (
    isObject(json) &&
    isObject(member(json, "modelTopology")) &&
    Array.isArray(member(json, "weightsManifest"))
  );
}

/** @throws FormatError when the JSON is not that of a graph model */
export function parseModel(json: unknown, name: string): TfjsModel {
  const where = `tfjs "${name}"`;
  const topology = isObject(json) ? member(json, "modelTopology") : undefined;
  if (!isObject(json) || !isObject(topology)) {
    throw new FormatError(`${where}: modelTopology is missing, expected a TensorFlow.js model`);
  }
  const list = member(topology, "node");
  if (!Array.isArray(list)) {
    const format = member(json, "format");
    const given = typeof format === "string" ? ` (format "${format}")` : "";
    throw new FormatError(`${where}: it has no nodes${given}, expected a graph model`);
  }
  const nodes = new Map<string, TfjsNode>();
  list.forEach((item, index) => {
    const node = parseNode(item, index, where);
    const known = nodes.get(node.name);
    if (known) node.fail(`has the name of node ${known.index}`);
    nodes.set(node.name, node);
  });
  const signature = findSignature(json);
  const inputs = signature ? parseEntries(member(signature, "inputs"), where) : [];
  const named = signature ? parseEntries(member(signature, "outputs"), where) : [];
  const outputs = named.length > 0 ? named : unreadNodes(nodes);
  if (outputs.length === 0) throw new FormatError(`${where}: the model has no outputs`);
  return { name, nodes, inputs, outputs };
}
