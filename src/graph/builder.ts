/** Builds a graph value by value; blocks and importers share it. */
import type {
  AveragePool2dAttributes,
  BinaryKind,
  Conv2dAttributes,
  MaxPool2dAttributes,
  OperatorAttributes,
  OperatorName,
  UnaryAttributes,
} from "./attributes.ts";
import { GraphError, ShapeError } from "./errors.ts";
import type { Graph, GraphOutput, Node, Value } from "./graph.ts";
import { OPERATORS } from "./operators.ts";
import type { Operator } from "./operators/operator.ts";
import { formatShape, sizeOf } from "./tensor.ts";
import type { DataType, Shape, Tensor } from "./tensor.ts";

export class GraphBuilder {
  readonly graph: Graph;
  private nextId = 0;
  private readonly parameters = new Map<string, Value>();

  constructor(name: string) {
    this.graph = { name, inputs: [], outputs: [], nodes: [] };
  }

  private value(name: string, shape: Shape, dtype: DataType): Value {
    shape.forEach((size) => {
      if (!Number.isSafeInteger(size) || size < 0) {
        throw new ShapeError(`value "${name}": shape ${formatShape(shape)} is not valid`);
      }
    });
    const value = { id: this.nextId++, name, shape: [...shape], dtype };
    return { ...value, producer: null, constant: null, parameter: null };
  }

  /** A graph input: [N, C, H, W] for an image. */
  input(name: string, shape: Shape, dtype: DataType = "float32"): Value {
    const value = this.value(name, shape, dtype);
    this.graph.inputs.push(value);
    return value;
  }

  constant(tensor: Tensor, name = `constant_${this.nextId}`): Value {
    return { ...this.value(name, tensor.shape, tensor.dtype), constant: tensor };
  }

  /** A float32 scalar. */
  scalar(value: number): Value {
    return this.constant({ shape: [], dtype: "float32", data: Float32Array.of(value) });
  }

  /** A weight that `bindWeights` fills from the tensor called `key`; the same key is the same value. */
  parameter(key: string, shape: Shape): Value {
    const known = this.parameters.get(key);
    if (known) return known;
    const value = { ...this.value(key, shape, "float32"), parameter: key };
    this.parameters.set(key, value);
    return value;
  }

  /**
   * Applies an operator and returns all of its outputs.
   * @throws ShapeError when inputs and attributes do not fit the operator
   * @throws GraphError when the number of inputs is not that of the operator
   */
  apply<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
    name = `${op}_${this.graph.nodes.length}`,
  ): Value[] {
    const operator: Operator<K> = OPERATORS[op];
    const where = `${op} "${name}"`;
    const [least, most] = operator.arity;
    if (inputs.length < least || inputs.length > most) {
      const expected = least === most ? `${least}` : `${least} to ${most}`;
      throw new GraphError(`${where}: ${inputs.length} inputs given, expected ${expected}`);
    }
    const types = operator.infer({ where, inputs, attributes });
    const outputs = types.map(({ shape, dtype }, i) =>
      this.value(types.length === 1 ? name : `${name}:${i}`, shape, dtype),
    );
    const node = { id: this.nextId++, name, op, inputs: [...inputs], outputs, attributes };
    const typed = node as unknown as Node;
    for (const output of outputs) output.producer = typed;
    this.graph.nodes.push(typed);
    return outputs;
  }

  /** Applies an operator and returns its first output. */
  op<K extends OperatorName>(
    op: K,
    inputs: readonly (Value | null)[],
    attributes: OperatorAttributes[K],
    name?: string,
  ): Value {
    return this.apply(op, inputs, attributes, name)[0];
  }

  conv2d(
    x: Value,
    weight: Value,
    bias: Value | null,
    attributes: Partial<Conv2dAttributes> = {},
    name?: string,
  ): Value {
    const defaults: Conv2dAttributes = {
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      groups: 1,
    };
    return this.op(
      "conv2d",
      bias ? [x, weight, bias] : [x, weight],
      { ...defaults, ...attributes },
      name,
    );
  }

  linear(x: Value, weight: Value, bias: Value | null, name?: string): Value {
    return this.op("linear", bias ? [x, weight, bias] : [x, weight], {}, name);
  }

  maxPool2d(
    x: Value,
    attributes: Partial<MaxPool2dAttributes> & Pick<MaxPool2dAttributes, "kernel">,
    name?: string,
  ): Value {
    const defaults = {
      stride: attributes.kernel,
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      ceilMode: false,
    } as const;
    return this.op("maxPool2d", [x], { ...defaults, ...attributes }, name);
  }

  averagePool2d(
    x: Value,
    attributes: Partial<AveragePool2dAttributes> & Pick<AveragePool2dAttributes, "kernel">,
    name?: string,
  ): Value {
    const defaults = {
      stride: attributes.kernel,
      padding: [0, 0, 0, 0],
      ceilMode: false,
      countIncludePad: true,
    } as const;
    return this.op("averagePool2d", [x], { ...defaults, ...attributes }, name);
  }

  unary(x: Value, attributes: UnaryAttributes, name?: string): Value {
    return this.op("unary", [x], attributes, name);
  }

  binary(kind: BinaryKind, a: Value, b: Value, name?: string): Value {
    return this.op("binary", [a, b], { kind }, name);
  }

  concat(values: readonly Value[], axis = 1, name?: string): Value {
    return this.op("concat", values, { axis }, name);
  }

  reshape(x: Value, shape: Shape, name?: string): Value {
    return this.op("reshape", [x], { shape }, name);
  }

  transpose(x: Value, perm: readonly number[], name?: string): Value {
    return this.op("transpose", [x], { perm }, name);
  }

  /**
   * Names a value as an output of the graph. With `length`, one number that the graph computes, a
   * run gives only the first `length` rows of the value: its shape is then the greatest possible.
   * @throws ShapeError when the length is not one number, or the value has no rows
   */
  output(name: string, value: Value, { length }: Pick<GraphOutput, "length"> = {}): void {
    if (length && (sizeOf(length.shape) !== 1 || value.shape.length === 0)) {
      throw new ShapeError(
        `output "${name}": the length has shape ${formatShape(length.shape)} and the value ` +
          `${formatShape(value.shape)}, expected one number and at least one axis`,
      );
    }
    this.graph.outputs.push({ name, value, length });
  }
}
