/** The messages of an ONNX file: the fields that the importer reads, by their numbers in onnx.proto. */
import { PbfReader } from "pbf";

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
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** By field number: the wire types that it may have, and what it does to the message. */
type Fields<T> = Record<number, [wires: readonly number[], read: (to: T, pbf: PbfReader) => void]>;

/** Where the length-delimited field at the reader ends; the library itself does not check it. */
function endOfField(pbf: PbfReader): number {
  const start = pbf.pos;
  const end = pbf.readVarint() + pbf.pos;
  if (end > pbf.length) {
    throw new Error(
      `a field at byte ${start} ends at ${end}, but the file has ${pbf.length} bytes`,
    );
  }
  return end;
}

function checkLength(pbf: PbfReader): void {
  const start = pbf.pos;
  endOfField(pbf);
  pbf.pos = start;
}

function decode<T>(pbf: PbfReader, fields: Fields<T>, message: T, end: number): T {
  pbf.readFields(
    (number, to) => {
      const field = Object.hasOwn(fields, number) ? fields[number] : null;
      if (!field) return;
      if (!field[0].includes(pbf.type)) {
        throw new Error(`field ${number} at byte ${pbf.pos} has wire type ${pbf.type}`);
      }
      if (pbf.type === BYTES) checkLength(pbf);
      field[1](to, pbf);
    },
    message,
    end,
  );
  if (pbf.pos !== end) {
    throw new Error(`a message should end at byte ${end}, but its last field ends at ${pbf.pos}`);
  }
  return message;
}

const nested = <T>(pbf: PbfReader, fields: Fields<T>, message: T): T =>
  decode(pbf, fields, message, endOfField(pbf));

const entryFields: Fields<StringStringEntryProto> = {
  1: [[BYTES], (to, pbf) => (to.key = pbf.readString())],
  2: [[BYTES], (to, pbf) => (to.value = pbf.readString())],
};

const tensorFields: Fields<TensorProto> = {
  1: [[VARINT, BYTES], (to, pbf) => pbf.readPackedVarint(to.dims, true)],
  2: [[VARINT], (to, pbf) => (to.dataType = pbf.readVarint())],
  4: [[FIXED32, BYTES], (to, pbf) => pbf.readPackedFloat(to.floats)],
  5: [[VARINT, BYTES], (to, pbf) => pbf.readPackedVarint(to.ints, true)],
  7: [[VARINT, BYTES], (to, pbf) => pbf.readPackedVarint(to.longs, true)],
  8: [[BYTES], (to, pbf) => (to.name = pbf.readString())],
  9: [[BYTES], (to, pbf) => (to.raw = pbf.readBytes())],
  10: [[FIXED64, BYTES], (to, pbf) => pbf.readPackedDouble(to.doubles)],
  11: [[VARINT, BYTES], (to, pbf) => pbf.readPackedVarint(to.unsignedLongs)],
  13: [[BYTES], (to, pbf) => to.external.push(nested(pbf, entryFields, { key: "", value: "" }))],
  14: [[VARINT], (to, pbf) => (to.location = pbf.readVarint())],
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
  1: [[BYTES], (to, pbf) => (to.name = pbf.readString())],
  2: [[FIXED32], (to, pbf) => (to.f = pbf.readFloat())],
  3: [[VARINT], (to, pbf) => (to.i = pbf.readVarint(true))],
  4: [[BYTES], (to, pbf) => (to.s = pbf.readString())],
  5: [[BYTES], (to, pbf) => (to.t = nested(pbf, tensorFields, newTensor()))],
  7: [[FIXED32, BYTES], (to, pbf) => pbf.readPackedFloat(to.floats)],
  8: [[VARINT, BYTES], (to, pbf) => pbf.readPackedVarint(to.ints, true)],
  20: [[VARINT], (to, pbf) => (to.type = pbf.readVarint())],
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
  1: [[BYTES], (to, pbf) => to.input.push(pbf.readString())],
  2: [[BYTES], (to, pbf) => to.output.push(pbf.readString())],
  3: [[BYTES], (to, pbf) => (to.name = pbf.readString())],
  4: [[BYTES], (to, pbf) => (to.opType = pbf.readString())],
  5: [[BYTES], (to, pbf) => to.attribute.push(nested(pbf, attributeFields, newAttribute()))],
  7: [[BYTES], (to, pbf) => (to.domain = pbf.readString())],
};

const dimensionFields: Fields<DimensionProto> = {
  1: [[VARINT], (to, pbf) => (to.value = pbf.readVarint(true))],
  2: [[BYTES], (to, pbf) => (to.parameter = pbf.readString())],
};

const shapeFields: Fields<DimensionProto[]> = {
  1: [[BYTES], (to, pbf) => to.push(nested(pbf, dimensionFields, { value: 0, parameter: "" }))],
};

const tensorTypeFields: Fields<ValueInfoProto> = {
  1: [[VARINT], (to, pbf) => (to.elementType = pbf.readVarint())],
  2: [[BYTES], (to, pbf) => (to.shape = nested(pbf, shapeFields, []))],
};

const typeFields: Fields<ValueInfoProto> = {
  1: [[BYTES], (to, pbf) => nested(pbf, tensorTypeFields, to)],
};

const valueFields: Fields<ValueInfoProto> = {
  1: [[BYTES], (to, pbf) => (to.name = pbf.readString())],
  2: [[BYTES], (to, pbf) => nested(pbf, typeFields, to)],
};

const newValue = (): ValueInfoProto => ({ name: "", elementType: 0, shape: null });

const graphFields: Fields<GraphProto> = {
  1: [
    [BYTES],
    (to, pbf) => {
      const node = { input: [], output: [], name: "", opType: "", attribute: [], domain: "" };
      to.node.push(nested(pbf, nodeFields, node));
    },
  ],
  5: [[BYTES], (to, pbf) => to.initializer.push(nested(pbf, tensorFields, newTensor()))],
  11: [[BYTES], (to, pbf) => to.input.push(nested(pbf, valueFields, newValue()))],
  12: [[BYTES], (to, pbf) => to.output.push(nested(pbf, valueFields, newValue()))],
};

const opsetFields: Fields<OperatorSetIdProto> = {
  1: [[BYTES], (to, pbf) => (to.domain = pbf.readString())],
  2: [[VARINT], (to, pbf) => (to.version = pbf.readVarint(true))],
};

const modelFields: Fields<ModelProto> = {
  7: [
    [BYTES],
    (to, pbf) => {
      const graph = { node: [], initializer: [], input: [], output: [] };
      to.graph = nested(pbf, graphFields, graph);
    },
  ],
  8: [[BYTES], (to, pbf) => to.opsets.push(nested(pbf, opsetFields, { domain: "", version: 0 }))],
};

/**
 * The messages of an ONNX file; byte fields are views of `bytes`.
 * @throws Error when the bytes are not a protobuf message with these fields
 */
export function decodeModel(bytes: Uint8Array): ModelProto {
  return decode(new PbfReader(bytes), modelFields, { opsets: [], graph: null }, bytes.length);
}
