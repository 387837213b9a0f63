/** The messages of an ONNX file, as protobuf. */
import { PbfWriter } from "pbf";
import type { Shape } from "../../src/index.ts";

const OPSET = 17;
export const FLOAT = 1;
export const INT64 = 7;

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name: string;
  /** Integers, lists of integers, or `{ f }` for a float. */
  readonly attributes: Readonly<Record<string, number | readonly number[] | { f: number }>>;
}

export interface Initializer {
  readonly name: string;
  readonly shape: Shape;
  readonly type: number;
  readonly bytes: Uint8Array;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: Iterable<Initializer>;
  /** Names and shapes of float32 tensors. */
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
}

type OnnxPort = readonly [name: string, shape: Shape];

/** The bytes of the file. */
export function encodeOnnx(graph: OnnxGraph): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeStringField(2, "lightfuse");
  pbf.writeMessage(7, writeGraph, graph);
  pbf.writeMessage(8, (version: number, to) => to.writeVarintField(2, version), OPSET);
  return pbf.finish();
}

function writeGraph({ name, nodes, initializers, inputs, outputs }: OnnxGraph, pbf: PbfWriter) {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, name);
  for (const tensor of initializers) pbf.writeMessage(5, writeInitializer, tensor);
  for (const port of inputs) pbf.writeMessage(11, writePort, port);
  for (const port of outputs) pbf.writeMessage(12, writePort, port);
}

function writeNode({ op, inputs, outputs, name, attributes }: OnnxNode, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, name);
  pbf.writeStringField(4, op);
  for (const attribute of Object.entries(attributes))
    pbf.writeMessage(5, writeAttribute, attribute);
}

type AttributeEntry = [string, OnnxNode["attributes"][string]];

function writeAttribute([name, value]: AttributeEntry, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === "number") {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2);
  } else if ("f" in value) {
    pbf.writeFloatField(2, value.f);
    pbf.writeVarintField(20, 1);
  } else {
    pbf.writePackedVarint(8, [...value]);
    pbf.writeVarintField(20, 7);
  }
}

function writeInitializer({ name, shape, type, bytes }: Initializer, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...shape]);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, bytes);
}

function writePort([name, shape]: OnnxPort, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  const writeShape = (_: unknown, to: PbfWriter): void => {
    for (const size of shape) {
      to.writeMessage(1, (value: number, into) => into.writeVarintField(1, value), size);
    }
  };
  const writeType = (_: unknown, to: PbfWriter): void => {
    to.writeVarintField(1, FLOAT);
    to.writeMessage(2, writeShape, null);
  };
  pbf.writeMessage(2, (_, to) => to.writeMessage(1, writeType, null), null);
}
