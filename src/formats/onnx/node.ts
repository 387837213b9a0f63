/** One ONNX node as its converter sees it: inputs, attributes, and how to add to the graph. */
import type { OperatorAttributes, OperatorName } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import { FormatError } from "../../graph/errors.ts";
import type { Graph, Value } from "../../graph/graph.ts";
import { OPERATORS } from "../../graph/operators.ts";
import type { Operator } from "../../graph/operators/operator.ts";
import { sizeOf, tensor } from "../../graph/tensor.ts";
import type { Shape, Tensor, TensorArray } from "../../graph/tensor.ts";
import { foldNode } from "../../reference/fold.ts";
import { ATTRIBUTE_TYPES } from "./proto.ts";
import type { AttributeProto, NodeProto } from "./proto.ts";
import { readTensor } from "./tensors.ts";
import type { ExternalData } from "./tensors.ts";

/** Real networks have at most 8; a hostile file must not make shape rules slow. */
const MOST_AXES = 16;
/** Elements of a constant that is read as sizes, axes or indices. */
const MOST_NUMBERS = 4096;

/** What a converter returns: the outputs in ONNX's order; those past the end are not supported. */
export type Converted = Value | Value[];
export type Converter = (node: OnnxNode) => Converted;

/** What the nodes of a file share. */
export interface Importing {
  readonly builder: GraphBuilder;
  /** Version of the default operator set. */
  readonly opset: number;
  readonly externalData?: ExternalData;
  /** TensorProto.DataType of values, where it is known and says more than their dtype. */
  readonly types: Map<Value, number>;
  /** Elements that constant folding may still touch, so that a small file cannot keep it busy. */
  budget: number;
  /** Finds the values of which the data decide how many rows count; set where there may be any. */
  rowCounts?: (graph: Graph) => ReadonlyMap<Value, Value>;
}

export class OnnxNode {
  readonly opset: number;
  readonly name: string;
  /** Outputs that have a name in the file. */
  readonly outputs: readonly string[];
  private readonly attributes: ReadonlyMap<string, AttributeProto>;

  /** @param where `onnx "model.onnx": node 41 "Conv"`, with the node's name if it has one */
  constructor(
    proto: NodeProto,
    readonly inputs: readonly (Value | null)[],
    readonly where: string,
    readonly importing: Importing,
  ) {
    this.opset = importing.opset;
    this.name = proto.name || (proto.output.find((output) => output !== "") ?? proto.opType);
    this.outputs = proto.output;
    this.attributes = new Map(proto.attribute.map((attribute) => [attribute.name, attribute]));
  }

  /** @throws FormatError always */
  fail(problem: string): never {
    throw new FormatError(`${this.where}: ${problem}`);
  }

  /** @throws FormatError when the input is absent */
  input(index: number): Value {
    return this.inputs[index] ?? this.fail(`input ${index} is missing`);
  }

  optional(index: number): Value | null {
    return this.inputs[index] ?? null;
  }

  has(attribute: string): boolean {
    return this.attributes.has(attribute);
  }

  /** The message of an attribute that is there. @throws FormatError when it is of another kind */
  private attribute(name: string, kind: keyof typeof ATTRIBUTE_TYPES): AttributeProto | null {
    const proto = this.attributes.get(name);
    const expected = ATTRIBUTE_TYPES[kind];
    if (proto?.type && proto.type !== expected) {
      this.fail(`attribute "${name}" has type ${proto.type}, expected ${expected}`);
    }
    return proto ?? null;
  }

  private missing(name: string): never {
    return this.fail(`attribute "${name}" is missing`);
  }

  int(name: string, missing?: number): number {
    return this.attribute(name, "i")?.i ?? missing ?? this.missing(name);
  }

  float(name: string, missing?: number): number {
    return this.attribute(name, "f")?.f ?? missing ?? this.missing(name);
  }

  string(name: string, missing?: string): string {
    return this.attribute(name, "s")?.s ?? missing ?? this.missing(name);
  }

  ints(name: string, missing?: number[]): number[] {
    return this.attribute(name, "ints")?.ints ?? missing ?? this.missing(name);
  }

  floats(name: string, missing?: number[]): number[] {
    return this.attribute(name, "floats")?.floats ?? missing ?? this.missing(name);
  }

  tensor(name: string, missing?: Tensor): Tensor {
    const proto = this.attribute(name, "t")?.t;
    if (!proto) return missing ?? this.missing(name);
    const where = `${this.where}: attribute "${name}"`;
    return readTensor(proto, where, this.importing.externalData);
  }

  /** TensorProto.DataType of a tensor attribute. */
  typeOfTensor(name: string): number {
    return this.attribute(name, "t")?.t?.dataType ?? this.missing(name);
  }

  /** A string attribute that has one of these values. */
  choice<T extends string>(name: string, values: readonly T[], missing: T): T {
    const value = this.string(name, missing);
    const known = values.find((candidate) => candidate === value);
    return known ?? this.fail(`${name} "${value}" is not supported, expected ${values.join(", ")}`);
  }

  /** The constant at an input as numbers; null when the input is absent. */
  numbers(index: number): number[] | null {
    const value = this.optional(index);
    if (!value) return null;
    const { constant } = value;
    if (!constant) {
      return this.fail(`input ${index} "${value.name}" depends on the data, expected a constant`);
    }
    if (constant.data.length > MOST_NUMBERS) {
      this.fail(`input ${index} has ${constant.data.length} elements, expected few`);
    }
    return Array.from(constant.data);
  }

  /** The constant at an input as one number; null when the input is absent. */
  number(index: number): number | null {
    const numbers = this.numbers(index);
    if (numbers && numbers.length !== 1) {
      this.fail(`input ${index} has ${numbers.length} elements, expected 1`);
    }
    return numbers && numbers[0];
  }

  /** Integers given by an attribute in old operator sets and by an input in new ones. */
  intsOrInput(attribute: string, index: number): number[] | null {
    return this.has(attribute) ? this.ints(attribute) : this.numbers(index);
  }

  /** Counts `elements` of work on constants. @throws FormatError when it is absurdly much */
  spend(elements: number): void {
    this.importing.budget -= elements;
    if (this.importing.budget < 0) {
      this.fail(`constants need ${elements} more elements, too many for a file of this size`);
    }
  }

  constant(shape: Shape, data: TensorArray): Value {
    return this.importing.builder.constant(tensor(shape, data, this.where), this.name);
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.constant([], Float32Array.of(value));
  }

  /** Applies an operator: on constants at once, otherwise by a node of the graph. */
  apply<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
  ): Value[] {
    const { builder } = this.importing;
    const where = `${op} "${this.name}"`;
    const types = (OPERATORS[op] as Operator<K>).infer({ where, inputs, attributes });
    if (types.some(({ shape }) => shape.length > MOST_AXES)) {
      this.fail(`an output has ${types[0].shape.length} axes, expected at most ${MOST_AXES}`);
    }
    const tensors = inputs.flatMap((value) => value?.constant ?? []);
    if (tensors.length === inputs.length) {
      this.spend([...tensors, ...types].reduce((sum, { shape }) => sum + sizeOf(shape), 0));
      const folded = foldNode({ name: this.name, op, inputs: tensors, attributes });
      if (folded) return folded.map((value) => builder.constant(value, this.name));
    }
    return builder.apply(op, inputs, attributes, this.name);
  }

  /** Applies an operator and returns its first output. */
  op<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
  ): Value {
    return this.apply(op, inputs, attributes)[0];
  }

  /** x in another shape; x itself when it has that shape. */
  reshape(x: Value, shape: Shape): Value {
    return String(x.shape) === String(shape) ? x : this.op("reshape", [x], { shape });
  }
}
