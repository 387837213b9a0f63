/** Writes small TensorFlow.js graph models for the tests of their importer, and reads them. */
import { parseTfjs } from "../../src/formats/tfjs/parse.ts";
import type { TfjsOptions } from "../../src/formats/tfjs/parse.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { formatShape, sizeOf } from "../../src/graph/tensor.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";

/** Text, integers and flags in plain types; `{ f: 0.1 }` and other JSON as the file has it. */
export type Attribute = string | number | boolean | readonly number[] | readonly string[] | object;
export type NodeSpec = readonly [op: string, inputs: readonly string[], Record<string, Attribute>?];

export interface ConstantSpec {
  readonly shape: Shape;
  readonly data?: readonly number[];
  readonly dtype?: "float32" | "int32" | "bool" | "uint8";
  readonly quantization?: { dtype: string; scale?: number; min?: number };
}

export interface ModelSpec {
  /** Sizes, -1 where open; the element type is float32 unless `types` says otherwise. */
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly types?: Readonly<Record<string, string>>;
  readonly constants?: Readonly<Record<string, ConstantSpec | readonly number[] | number>>;
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  /** Key of the signature to tensor name; without it there is no signature. */
  readonly outputs?: Readonly<Record<string, string>>;
}

export interface WrittenModel {
  readonly json: Record<string, unknown>;
  readonly weights: Uint8Array;
}

/** Numbers of either sign that do not repeat within a tensor of a few hundred elements. */
export function wave(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => ((i * 89 + 41) % 211) / 64 - 1.625);
}

function attribute(value: Attribute): object {
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") {
    return value.startsWith("DT_") ? { type: value } : { s: btoa(value) };
  }
  if (!Array.isArray(value)) return value;
  const texts = value.length > 0 && typeof value[0] === "string";
  return { list: texts ? { s: value.map(btoa) } : { i: value.map(String) } };
}

function tensorShape(shape: Shape): object {
  return { dim: shape.map((size) => ({ size: String(size) })) };
}

/** A list is int32 of rank 1, a number an int32 scalar. */
function constantSpec(given: ConstantSpec | readonly number[] | number): Required<ConstantSpec> {
  const spec: ConstantSpec =
    typeof given === "number"
      ? { shape: [], data: [given], dtype: "int32" }
      : "shape" in given
        ? given
        : { shape: [given.length], data: given, dtype: "int32" };
  const { shape, dtype = "float32", data = [...wave(sizeOf(shape))] } = spec;
  return { shape, dtype, data, quantization: spec.quantization ?? { dtype } };
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
  uint16: Uint16Array,
  float16: Uint16Array,
} as const;

/** The bytes of a constant; of a quantised one `data` are the codes. */
function bytesOf({ data, quantization }: Required<ConstantSpec>): Uint8Array {
  return new Uint8Array(ARRAYS[quantization.dtype as keyof typeof ARRAYS].from(data).buffer);
}

export function writeModel(spec: ModelSpec): WrittenModel {
  const constants = Object.entries(spec.constants ?? {}).map(
    ([name, given]) => [name, constantSpec(given)] as const,
  );
  const chunks = constants.map(([, constant]) => bytesOf(constant));
  const weights = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  chunks.reduce((offset, chunk) => (weights.set(chunk, offset), offset + chunk.length), 0);
  const placeholders = Object.entries(spec.inputs).map(([name, shape]) => ({
    name,
    op: "Placeholder",
    attr: {
      dtype: { type: spec.types?.[name] ?? "DT_FLOAT" },
      shape: { shape: tensorShape(shape) },
    },
  }));
  const node = [
    ...constants.map(([name]) => ({ name, op: "Const", attr: {} })),
    ...placeholders,
    ...Object.entries(spec.nodes).map(([name, [op, input, attr = {}]]) => ({
      name,
      op,
      input,
      attr: Object.fromEntries(Object.entries(attr).map(([key, value]) => [key, attribute(value)])),
    })),
  ];
  const manifest = constants.map(([name, { shape, dtype, quantization }]) => ({
    name,
    shape,
    dtype,
    ...(quantization.dtype === dtype ? {} : { quantization }),
  }));
  const outputs = Object.entries(spec.outputs ?? {}).map(([key, name]) => [key, { name }]);
  return {
    weights,
    json: {
      format: "graph-model",
      modelTopology: { node },
      weightsManifest: [{ paths: ["group1-shard1of1.bin"], weights: manifest }],
      ...(spec.outputs ? { signature: { outputs: Object.fromEntries(outputs) } } : {}),
    },
  };
}

export function parse(spec: ModelSpec, options?: TfjsOptions): Graph {
  const { json, weights } = writeModel(spec);
  return parseTfjs(json, weights, options);
}

/** `conv2d 1x3x4x5 -> 1x4x4x5`, node by node. */
export function steps(graph: Graph): string[] {
  return graph.nodes.map(({ op, inputs, outputs }) => {
    const shapes = [inputs[0], outputs[0]].map((value) => formatShape(value?.shape ?? []));
    return `${op} ${shapes.join(" -> ")}`;
  });
}

/** The first output for inputs of `wave`. */
export function run(graph: Graph): Float32Array {
  const inputs = graph.inputs.map(({ name, shape, dtype }) => {
    return [name, { shape, dtype, data: wave(sizeOf(shape)) }];
  });
  return Object.values(evaluateGraph(graph, Object.fromEntries(inputs)))[0].data as Float32Array;
}
