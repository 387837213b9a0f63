/** Reads an ONNX file into a graph, with a given table of operators. */
import { GraphBuilder } from "../../graph/builder.ts";
import { FormatError, GraphError, ShapeError } from "../../graph/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { removeDeadNodes } from "../../graph/rewrite.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { shapesOfInputs } from "./input-shapes.ts";
import { OnnxNode } from "./node.ts";
import type { Converter, Importing } from "./node.ts";
import { converterOf, operatorName } from "./operators.ts";
import type { Converters } from "./operators.ts";
import { decodeModel } from "./proto.ts";
import type { GraphProto, ModelProto, NodeProto } from "./proto.ts";
import { sortedNodes } from "./sort.ts";
import { dataTypeOf, locationOf, readTensor } from "./tensors.ts";
import type { ExternalData } from "./tensors.ts";

const OPSETS = [6, 25] as const;
/** Elements that constants may grow by in any file, however small. */
const LEAST_BUDGET = 2 ** 24;
/** Some exporters write a file for each weight. */
const MOST_FILES = 4096;

export interface OnnxOptions {
  /** The file's name, for errors and as the graph's name. */
  readonly name?: string;
  /** Shapes of inputs by name: for symbolic sizes, or to replace those of the file. */
  readonly inputShapes?: Readonly<Record<string, Shape>>;
  /** Inputs that are known before a run, such as a shape or a count: they become constants. */
  readonly inputValues?: Readonly<Record<string, Tensor>>;
  /** The bytes of files beside the model that hold weights, by their paths from its folder. */
  readonly externalData?: ExternalData;
}

/** The messages of a file, and the number of its bytes. */
export type OnnxModel = ModelProto & { readonly graph: GraphProto; readonly size: number };

/** @throws FormatError when the bytes are not an ONNX file */
export function decodeOnnx(bytes: Uint8Array, name = "model"): OnnxModel {
  const where = `onnx "${name}"`;
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch (error) {
    const { message } = error as Error;
    throw new FormatError(`${where}: the file is truncated or not an ONNX model: ${message}`, {
      cause: error,
    });
  }
  const { graph } = model;
  if (!graph || graph.output.length === 0) {
    throw new FormatError(`${where}: the file has no graph with outputs; it is not an ONNX model`);
  }
  return { ...model, graph, size: bytes.length };
}

/**
 * Files beside the model that hold data of its tensors.
 * @throws FormatError when a path leaves the model's folder, or there are absurdly many
 */
export function externalFiles({ graph }: OnnxModel, name = "model"): string[] {
  const attributes = graph.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []));
  const paths = [...graph.initializer, ...attributes].flatMap(
    (proto) => locationOf(proto, `onnx "${name}": tensor "${proto.name}"`) ?? [],
  );
  const files = [...new Set(paths)];
  if (files.length <= MOST_FILES) return files;
  throw new FormatError(
    `onnx "${name}": ${files.length} files of weights, expected at most ${MOST_FILES}`,
  );
}

function opsetOf({ opsets }: ModelProto, where: string): number {
  const found = opsets.find(({ domain }) => domain === "" || domain === "ai.onnx");
  const version = found?.version ?? 0;
  const [least, most] = OPSETS;
  if (version < least || version > most) {
    throw new FormatError(
      `${where}: operator set ${found ? version : "none"} is not supported, expected ${least} to ${most}`,
    );
  }
  return version;
}

/** Turns one file into a graph; values are found by their names in the file. */
class Importer {
  private readonly values = new Map<string, Value>();
  private readonly initializers: ReadonlyMap<string, GraphProto["initializer"][number]>;
  private readonly importing: Importing;
  private readonly graph: GraphProto;

  constructor(
    model: OnnxModel,
    private readonly where: string,
    private readonly converters: Converters,
    private readonly options: OnnxOptions,
    private readonly reasons: Readonly<Record<string, string>>,
  ) {
    this.graph = model.graph;
    this.initializers = new Map(model.graph.initializer.map((tensor) => [tensor.name, tensor]));
    const builder = new GraphBuilder(options.name ?? "onnx");
    const { externalData = {} } = options;
    const bytes = Object.values(externalData).reduce((sum, { length }) => sum + length, model.size);
    const budget = LEAST_BUDGET + 8 * bytes;
    const types = new Map<Value, number>();
    this.importing = { builder, opset: opsetOf(model, where), externalData, types, budget };
  }

  private whereNode(index: number): string {
    const proto = this.graph.node[index];
    const name = proto.name && ` (${proto.name})`;
    return `${this.where}: node ${index} "${operatorName(proto)}"${name}`;
  }

  private addInputs(): void {
    const { inputShapes = {}, inputValues = {} } = this.options;
    const inputs = this.graph.input.filter(({ name }) => !this.initializers.has(name));
    const names = inputs.map(({ name }) => name);
    const given = [...Object.keys(inputShapes), ...Object.keys(inputValues)];
    const unknown = given.find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new FormatError(
        `${this.where}: there is no input "${unknown}"; the inputs are ${names.join(", ")}`,
      );
    }
    const types = inputs.map(({ name, elementType }) => {
      const where = `${this.where}: input "${name}"`;
      if (elementType === 0) throw new FormatError(`${where} is not a tensor`);
      return dataTypeOf(elementType, where);
    });
    const known = new Map(Object.entries(inputValues));
    const shapesOfValues = [...known].map(([name, { shape }]) => [name, shape] as const);
    const givenShapes = new Map([...Object.entries(inputShapes), ...shapesOfValues]);
    const shapes = shapesOfInputs(inputs, givenShapes, this.where);
    const { builder } = this.importing;
    inputs.forEach(({ name, elementType }, i) => {
      const constant = known.get(name);
      const value = constant
        ? builder.constant(constant, name)
        : builder.input(name, shapes.get(name)!, types[i]);
      this.values.set(name, value);
      this.importing.types.set(value, elementType);
    });
  }

  /** The value of a name; an initializer is read when it is first used. */
  private value(name: string): Value | null {
    const known = this.values.get(name);
    const proto = this.initializers.get(name);
    if (known || !proto) return known ?? null;
    const where = `${this.where}: initializer "${name}"`;
    const tensor = readTensor(proto, where, this.importing.externalData);
    // Many tensors may lie in the same bytes of a file, and each be converted.
    this.importing.budget -= proto.location === 1 ? tensor.data.length : 0;
    if (this.importing.budget < 0) throw new FormatError(`${where} reads the same file too often`);
    const value = this.importing.builder.constant(tensor, name);
    this.values.set(name, value);
    this.importing.types.set(value, proto.dataType);
    return value;
  }

  private convert(proto: NodeProto, index: number): void {
    const where = this.whereNode(index);
    const converter = converterOf(proto, this.converters) as Converter;
    const { builder } = this.importing;
    const before = builder.graph.nodes.length;
    const inputs = proto.input.map((name) => this.value(name));
    const converted = converter(new OnnxNode(proto, inputs, where, this.importing));
    const outputs = Array.isArray(converted) ? converted : [converted];
    const added = new Set(builder.graph.nodes.slice(before));
    proto.output.forEach((name, i) => {
      if (name === "") return;
      const output = outputs.at(i);
      if (!output) throw new FormatError(`${where}: output ${i} "${name}" is not supported`);
      if (output.producer && added.has(output.producer)) output.name = name;
      this.values.set(name, output);
    });
  }

  private checkSupported(): void {
    const index = this.graph.node.findIndex((node) => !converterOf(node, this.converters));
    if (index < 0) return;
    const name = operatorName(this.graph.node[index]);
    const reason = Object.hasOwn(this.reasons, name) && this.reasons[name];
    throw new FormatError(
      `${this.where}: node ${index} "${name}" is not supported` +
        (reason ? `: ${reason}` : "; supported operators are listed in docs/operators.md"),
    );
  }

  run(): Graph {
    const { builder } = this.importing;
    this.checkSupported();
    this.addInputs();
    const known = new Set([...this.values.keys(), ...this.initializers.keys()]);
    const order = sortedNodes(this.graph, known, (index, problem) => {
      throw new FormatError(`${this.whereNode(index)}: ${problem}`);
    });
    for (const index of order) this.convert(this.graph.node[index], index);
    const lengths = this.importing.rowCounts?.(builder.graph);
    for (const { name } of this.graph.output) {
      const value = this.value(name);
      if (!value) throw new FormatError(`${this.where}: output "${name}" is never produced`);
      builder.output(name, value, { length: lengths?.get(value) });
    }
    removeDeadNodes(builder.graph);
    return builder.graph;
  }
}

/**
 * As `parseOnnx` in `all.ts`, of a decoded file and with the operators of one table. `reasons` says of
 * operators that are not in it why.
 */
export function convertOnnx(
  converters: Converters,
  model: OnnxModel,
  options: OnnxOptions = {},
  reasons: Readonly<Record<string, string>> = {},
): Graph {
  const where = `onnx "${options.name ?? "model"}"`;
  try {
    return new Importer(model, where, converters, options, reasons).run();
  } catch (error) {
    const ours = [FormatError, GraphError, ShapeError].some((type) => error instanceof type);
    if (ours) throw error;
    throw new FormatError(`${where}: the file could not be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** As `findUnsupportedOnnx` in `all.ts`, with the operators of one table. */
export function findUnsupportedIn(
  converters: Converters,
  bytes: Uint8Array,
  name = "model",
): { op: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const node of decodeOnnx(bytes, name).graph.node) {
    if (converterOf(node, converters)) continue;
    const op = operatorName(node);
    counts.set(op, (counts.get(op) ?? 0) + 1);
  }
  return [...counts].map(([op, count]) => ({ op, count })).sort((a, b) => b.count - a.count);
}
