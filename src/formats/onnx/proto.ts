/** The messages of an ONNX file: the fields that the importer reads, by their numbers in onnx.proto. */
import { BYTES, FIXED32, FIXED64, ProtoReader, VARINT } from "./proto-reader.ts";

export interface TensorProto {
  dims: number[];
  dataType: number;
  name: string;
  /** Little-endian elements; the typed fields below are used by files without it. */
  raw: Uint8Array | null;
  floats: number[];
  /** Also the smaller integers, booleans and the bits of half floats. */
  ints: number[];
  longs: number[];
  doubles: number[];
  unsignedLongs: number[];
  external: StringStringEntryProto[];
  /** 1 when the data is in another file. */
  location: number;
}

export interface StringStringEntryProto {
  key: string;
  value: string;
}

/** Numbers of AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPES = { f: 1, i: 2, s: 3, t: 4, floats: 6, ints: 7 } as const;

export interface AttributeProto {
  name: string;
  type: number;
  f: number;
  i: number;
  s: string;
  t: TensorProto | null;
  floats: number[];
  ints: number[];
}

export interface NodeProto {
  input: string[];
  output: string[];
  name: string;
  opType: string;
  attribute: AttributeProto[];
  domain: string;
}

/** One axis: a size, or the name of an unknown one. */
export interface DimensionProto {
  value: number;
  parameter: string;
}

export interface ValueInfoProto {
  name: string;
  /** 0 when the value is not a tensor. */
  elementType: number;
  shape: DimensionProto[] | null;
}

export interface OperatorSetIdProto {
  domain: string;
  version: number;
}

export interface GraphProto {
  node: NodeProto[];
  initializer: TensorProto[];
  input: ValueInfoProto[];
  output: ValueInfoProto[];
}

export interface ModelProto {
  opsets: OperatorSetIdProto[];
  graph: GraphProto | null;
}

/** Wire types. */
/** By field number: the wire types that it may have, and what it does to the message. */
type Fields<T> = Record<
  number,
  [wires: readonly number[], read: (to: T, reader: ProtoReader) => void]
>;

/** Where the length-delimited field at the reader ends. */
function endOfField(reader: ProtoReader): number {
  const start = reader.pos;
  const end = reader.readVarint() + reader.pos;
  if (end > reader.length) {
    throw new Error(
      `a field at byte ${start} ends at ${end}, but the file has ${reader.length} bytes`,
    );
  }
  return end;
}

function checkLength(reader: ProtoReader): void {
  const start = reader.pos;
  endOfField(reader);
  reader.pos = start;
}

function decode<T>(reader: ProtoReader, fields: Fields<T>, message: T, end: number): T {
  reader.readFields((number) => {
    const field = Object.hasOwn(fields, number) ? fields[number] : null;
    if (!field) return;
    if (!field[0].includes(reader.type)) {
      throw new Error(`field ${number} at byte ${reader.pos} has wire type ${reader.type}`);
    }
    if (reader.type === BYTES) checkLength(reader);
    field[1](message, reader);
  }, end);
  if (reader.pos !== end) {
    throw new Error(
      `a message should end at byte ${end}, but its last field ends at ${reader.pos}`,
    );
  }
  return message;
}

const nested = <T>(reader: ProtoReader, fields: Fields<T>, message: T): T =>
  decode(reader, fields, message, endOfField(reader));

const entryFields: Fields<StringStringEntryProto> = {
  1: [[BYTES], (to, reader) => (to.key = reader.readString())],
  2: [[BYTES], (to, reader) => (to.value = reader.readString())],
};

const tensorFields: Fields<TensorProto> = {
  1: [[VARINT, BYTES], (to, reader) => reader.readPackedVarint(to.dims, true)],
  2: [[VARINT], (to, reader) => (to.dataType = reader.readVarint())],
  4: [[FIXED32, BYTES], (to, reader) => reader.readPackedFloat(to.floats)],
  5: [[VARINT, BYTES], (to, reader) => reader.readPackedVarint(to.ints, true)],
  7: [[VARINT, BYTES], (to, reader) => reader.readPackedVarint(to.longs, true)],
  8: [[BYTES], (to, reader) => (to.name = reader.readString())],
  9: [[BYTES], (to, reader) => (to.raw = reader.readBytes())],
  10: [[FIXED64, BYTES], (to, reader) => reader.readPackedDouble(to.doubles)],
  11: [[VARINT, BYTES], (to, reader) => reader.readPackedVarint(to.unsignedLongs)],
  13: [
    [BYTES],
    (to, reader) => to.external.push(nested(reader, entryFields, { key: "", value: "" })),
  ],
  14: [[VARINT], (to, reader) => (to.location = reader.readVarint())],
};

const newTensor = (): TensorProto => ({
  dims: [],
  dataType: 0,
  name: "",
  raw: null,
  floats: [],
  ints: [],
  longs: [],
  doubles: [],
  unsignedLongs: [],
  external: [],
  location: 0,
});

const attributeFields: Fields<AttributeProto> = {
  1: [[BYTES], (to, reader) => (to.name = reader.readString())],
  2: [[FIXED32], (to, reader) => (to.f = reader.readFloat())],
  3: [[VARINT], (to, reader) => (to.i = reader.readVarint(true))],
  4: [[BYTES], (to, reader) => (to.s = reader.readString())],
  5: [[BYTES], (to, reader) => (to.t = nested(reader, tensorFields, newTensor()))],
  7: [[FIXED32, BYTES], (to, reader) => reader.readPackedFloat(to.floats)],
  8: [[VARINT, BYTES], (to, reader) => reader.readPackedVarint(to.ints, true)],
  20: [[VARINT], (to, reader) => (to.type = reader.readVarint())],
};

const newAttribute = (): AttributeProto => ({
  name: "",
  type: 0,
  f: 0,
  i: 0,
  s: "",
  t: null,
  floats: [],
  ints: [],
});

const nodeFields: Fields<NodeProto> = {
  1: [[BYTES], (to, reader) => to.input.push(reader.readString())],
  2: [[BYTES], (to, reader) => to.output.push(reader.readString())],
  3: [[BYTES], (to, reader) => (to.name = reader.readString())],
  4: [[BYTES], (to, reader) => (to.opType = reader.readString())],
  5: [[BYTES], (to, reader) => to.attribute.push(nested(reader, attributeFields, newAttribute()))],
  7: [[BYTES], (to, reader) => (to.domain = reader.readString())],
};

const dimensionFields: Fields<DimensionProto> = {
  1: [[VARINT], (to, reader) => (to.value = reader.readVarint(true))],
  2: [[BYTES], (to, reader) => (to.parameter = reader.readString())],
};

const shapeFields: Fields<DimensionProto[]> = {
  1: [
    [BYTES],
    (to, reader) => to.push(nested(reader, dimensionFields, { value: 0, parameter: "" })),
  ],
};

const tensorTypeFields: Fields<ValueInfoProto> = {
  1: [[VARINT], (to, reader) => (to.elementType = reader.readVarint())],
  2: [[BYTES], (to, reader) => (to.shape = nested(reader, shapeFields, []))],
};

const typeFields: Fields<ValueInfoProto> = {
  1: [[BYTES], (to, reader) => nested(reader, tensorTypeFields, to)],
};

const valueFields: Fields<ValueInfoProto> = {
  1: [[BYTES], (to, reader) => (to.name = reader.readString())],
  2: [[BYTES], (to, reader) => nested(reader, typeFields, to)],
};

const newValue = (): ValueInfoProto => ({ name: "", elementType: 0, shape: null });

const graphFields: Fields<GraphProto> = {
  1: [
    [BYTES],
    (to, reader) => {
      const node = { input: [], output: [], name: "", opType: "", attribute: [], domain: "" };
      to.node.push(nested(reader, nodeFields, node));
    },
  ],
  5: [[BYTES], (to, reader) => to.initializer.push(nested(reader, tensorFields, newTensor()))],
  11: [[BYTES], (to, reader) => to.input.push(nested(reader, valueFields, newValue()))],
  12: [[BYTES], (to, reader) => to.output.push(nested(reader, valueFields, newValue()))],
};

const opsetFields: Fields<OperatorSetIdProto> = {
  1: [[BYTES], (to, reader) => (to.domain = reader.readString())],
  2: [[VARINT], (to, reader) => (to.version = reader.readVarint(true))],
};

const modelFields: Fields<ModelProto> = {
  7: [
    [BYTES],
    (to, reader) => {
      const graph = { node: [], initializer: [], input: [], output: [] };
      to.graph = nested(reader, graphFields, graph);
    },
  ],
  8: [
    [BYTES],
    (to, reader) => to.opsets.push(nested(reader, opsetFields, { domain: "", version: 0 })),
  ],
};

/**
 * The messages of an ONNX file; byte fields are views of `bytes`.
 * @throws Error when the bytes are not a protobuf message with these fields
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decode(new ProtoReader(bytes), modelFields, { opsets: [], graph: null }, bytes.length);
}
