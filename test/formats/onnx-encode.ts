/** Writes small ONNX files for tests. */
import { PbfWriter } from "pbf";

/** A tensor of the file; without `raw` and typed fields its data is missing. */
export interface TensorSpec {
  name?: string;
  dims: number[];
  /** TensorProto.DataType; 1 is float32, 7 is int64 */
  type: number;
  raw?: Uint8Array;
  floats?: number[];
  ints?: number[];
  longs?: number[];
  doubles?: number[];
  unsignedLongs?: number[];
  external?: Record<string, string>;
}

/** A plain number is an integer: floats are marked. */
export type AttributeSpec =
  number | number[] | string | { f: number } | { floats: number[] } | { t: TensorSpec };

export interface NodeSpec {
  op: string;
  inputs?: string[];
  outputs?: string[];
  name?: string;
  domain?: string;
  attributes?: Record<string, AttributeSpec>;
}

export interface InputSpec {
  name: string;
  /** null for none; a string is a symbolic size */
  shape: (number | string)[] | null;
  /** TensorProto.DataType; null for a value that is no tensor */
  type?: number | null;
}

export interface ModelSpec {
  opset?: number;
  inputs?: InputSpec[];
  outputs?: string[];
  nodes?: NodeSpec[];
  initializers?: TensorSpec[];
}

const rawOf = (array: Float32Array | Int32Array | BigInt64Array | Uint16Array | Uint8Array) =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/** A float32 tensor with raw data. */
export function floats(name: string, dims: number[], values: number[]): TensorSpec {
  return { name, dims, type: 1, raw: rawOf(Float32Array.from(values)) };
}

/** A vector of int64 with raw data; values may pass 2^53 as bigint. */
export function longs(name: string, values: (number | bigint)[]): TensorSpec {
  const raw = rawOf(BigInt64Array.from(values, BigInt));
  return { name, dims: [values.length], type: 7, raw };
}

function writeEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeTensor(spec: TensorSpec, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, spec.dims);
  pbf.writeVarintField(2, spec.type);
  if (spec.floats) pbf.writePackedFloat(4, spec.floats);
  if (spec.ints) pbf.writePackedVarint(5, spec.ints);
  if (spec.longs) pbf.writePackedVarint(7, spec.longs);
  if (spec.name !== undefined) pbf.writeStringField(8, spec.name);
  if (spec.raw) pbf.writeBytesField(9, spec.raw);
  if (spec.doubles) pbf.writePackedDouble(10, spec.doubles);
  if (spec.unsignedLongs) pbf.writePackedVarint(11, spec.unsignedLongs);
  for (const entry of Object.entries(spec.external ?? {})) pbf.writeMessage(13, writeEntry, entry);
  if (spec.external) pbf.writeVarintField(14, 1);
}

/** Writes the value and returns AttributeProto.type. */
function writeAttributeValue(spec: AttributeSpec, pbf: PbfWriter): number {
  if (typeof spec === "number") {
    pbf.writeVarintField(3, spec);
    return 2;
  }
  if (typeof spec === "string") {
    pbf.writeStringField(4, spec);
    return 3;
  }
  if (Array.isArray(spec)) {
    pbf.writePackedVarint(8, spec);
    return 7;
  }
  if ("f" in spec) {
    pbf.writeFloatField(2, spec.f);
    return 1;
  }
  if ("floats" in spec) {
    pbf.writePackedFloat(7, spec.floats);
    return 6;
  }
  pbf.writeMessage(5, writeTensor, spec.t);
  return 4;
}

function writeAttribute([name, spec]: [string, AttributeSpec], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeVarintField(20, writeAttributeValue(spec, pbf));
}

function writeNode(spec: NodeSpec, pbf: PbfWriter): void {
  for (const input of spec.inputs ?? []) pbf.writeStringField(1, input);
  for (const output of spec.outputs ?? []) pbf.writeStringField(2, output);
  if (spec.name !== undefined) pbf.writeStringField(3, spec.name);
  pbf.writeStringField(4, spec.op);
  for (const attribute of Object.entries(spec.attributes ?? {})) {
    pbf.writeMessage(5, writeAttribute, attribute);
  }
  if (spec.domain !== undefined) pbf.writeStringField(7, spec.domain);
}

function writeShape(shape: (number | string)[], pbf: PbfWriter): void {
  for (const size of shape) {
    pbf.writeMessage(
      1,
      (dimension: number | string, to) => {
        if (typeof dimension === "number") to.writeVarintField(1, dimension);
        else to.writeStringField(2, dimension);
      },
      size,
    );
  }
}

function writeInput({ name, shape, type = 1 }: InputSpec, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (type === null) return;
  const writeTensorType = (elementType: number, to: PbfWriter) => {
    to.writeVarintField(1, elementType);
    if (shape) to.writeMessage(2, writeShape, shape);
  };
  pbf.writeMessage(2, (_, to) => to.writeMessage(1, writeTensorType, type), null);
}

function writeGraph(spec: ModelSpec, pbf: PbfWriter): void {
  for (const node of spec.nodes ?? []) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, "test");
  for (const tensor of spec.initializers ?? []) pbf.writeMessage(5, writeTensor, tensor);
  for (const input of spec.inputs ?? []) pbf.writeMessage(11, writeInput, input);
  for (const name of spec.outputs ?? ["y"]) {
    pbf.writeMessage(12, writeInput, { name, shape: null });
  }
}

/** The bytes of an ONNX file. */
export function encodeOnnx(spec: ModelSpec): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeStringField(2, "lightfuse tests");
  pbf.writeMessage(7, writeGraph, spec);
  pbf.writeMessage(8, (version: number, to) => to.writeVarintField(2, version), spec.opset ?? 17);
  return pbf.finish();
}

export interface NodeOptions {
  opset?: number;
  attributes?: Record<string, AttributeSpec>;
  /** Inputs after x; null leaves one out. */
  initializers?: (TensorSpec | null)[];
  outputs?: string[];
  /** Element type of x. */
  type?: number;
}

/** One node "n" on the float32 input "x" and these initializers, in this order; output "y". */
export function encodeNode(op: string, shape: number[], options: NodeOptions = {}): Uint8Array {
  const { opset, attributes, initializers = [], outputs = ["y"], type } = options;
  const given = initializers.filter((tensor) => tensor !== null);
  const inputs = ["x", ...initializers.map((tensor) => tensor?.name ?? "")];
  return encodeOnnx({
    opset,
    inputs: [{ name: "x", shape, type }],
    outputs,
    initializers: given,
    nodes: [{ op, name: "n", inputs, outputs, attributes }],
  });
}

/** A float32 tensor of ones. */
export function ones(name: string, dims: number[]): TensorSpec {
  return floats(name, dims, new Array<number>(dims.reduce((a, b) => a * b, 1)).fill(1));
}

/** A model whose output "y" is the tensor of a TensorProto file. */
export function encodeTensorFile(file: Uint8Array): Uint8Array {
  const rename = new PbfWriter();
  rename.writeStringField(8, "y");
  const bytes = new Uint8Array([...file, ...rename.finish()]);
  const pbf = new PbfWriter();
  const writeGraph = (_: null, to: PbfWriter) => {
    to.writeBytesField(5, bytes);
    to.writeMessage(12, writeInput, { name: "y", shape: null });
  };
  pbf.writeMessage(7, writeGraph, null);
  pbf.writeMessage(8, (version: number, to) => to.writeVarintField(2, version), 17);
  return pbf.finish();
}
