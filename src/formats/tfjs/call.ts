/** One node of the file as its converter sees it: checked operands, constants, and what it may emit. */
import type { OperatorAttributes, OperatorName } from "../../graph/attributes.ts";
import type { Value } from "../../graph/graph.ts";
import { formatShape, tensor } from "../../graph/tensor.ts";
import type { Shape, Tensor, TensorArray } from "../../graph/tensor.ts";
import type { Attributes } from "./attributes.ts";
import { axisOf, shapeOf } from "./layout.ts";
import type { Held, Layouts } from "./layout.ts";
import type { TfjsNode } from "./model.ts";

/** Makes the outputs of a node. */
export type Converter = (call: Call) => Held | Held[];
export type Converters = Readonly<Record<string, Converter>>;

/** Outputs, steps or repeats that one node may have: a file of a few bytes must not ask for millions. */
const MOST_PARTS = 1024;

export class Call {
  readonly name: string;
  readonly attributes: Attributes;
  readonly fail: (message: string) => never;

  constructor(
    readonly node: TfjsNode,
    readonly inputs: readonly Held[],
    readonly layouts: Layouts,
  ) {
    this.name = node.name;
    this.attributes = node.attributes;
    this.fail = node.fail;
  }

  input(index: number): Held {
    return (
      this.inputs[index] ??
      this.fail(`has ${this.inputs.length} inputs, expected at least ${index + 1}`)
    );
  }

  /** Input `index` in TensorFlow's order of axes. */
  native(index: number): Value {
    return this.layouts.native(this.input(index));
  }

  shape(index: number): Shape {
    return shapeOf(this.input(index));
  }

  /** @throws FormatError when input `index` has another rank */
  shapeOfRank(index: number, rank: number): Shape {
    const shape = this.shape(index);
    if (shape.length === rank) return shape;
    return this.fail(`has input ${index} of shape ${formatShape(shape)}, expected rank ${rank}`);
  }

  /** A negative axis counts from the end. */
  axis(axis: number, rank: number): number {
    if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
    return this.fail(`has axis ${axis}, expected ${-rank}..${rank - 1}`);
  }

  constant(index: number): Tensor {
    const message = `needs a constant as input ${index}`;
    return this.native(index).constant ?? this.fail(message);
  }

  /** The integers of a constant input. */
  ints(index: number): number[] {
    const numbers = Array.from(this.constant(index).data, Number);
    if (numbers.every(Number.isSafeInteger)) return numbers;
    return this.fail(`needs integers as input ${index}`);
  }

  /** The only element of a constant input. */
  scalar(index: number): number {
    const { data, shape } = this.constant(index);
    if (data.length === 1) return data[0];
    return this.fail(`has input ${index} of shape ${formatShape(shape)}, expected one number`);
  }

  int(index: number): number {
    const number = this.scalar(index);
    return Number.isSafeInteger(number) ? number : this.fail(`needs integers as input ${index}`);
  }

  /** `count`, when it is a sensible number of outputs or repeats. */
  parts(count: number): number {
    if (Number.isSafeInteger(count) && count >= 1 && count <= MOST_PARTS) return count;
    return this.fail(`makes ${count} parts, expected 1..${MOST_PARTS}`);
  }

  op<K extends OperatorName>(
    op: K,
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
    name = this.name,
  ): Value {
    return this.layouts.apply(op, inputs, attributes, name)[0];
  }

  reshape(x: Value, shape: Shape): Value {
    return this.layouts.reshape(x, shape, this.name);
  }

  number(data: TensorArray, shape: Shape = []): Value {
    return this.layouts.constant(tensor(shape, data), this.name);
  }

  /** Part of a tensor; axes are TensorFlow's. */
  slice(held: Held, axes: number[], starts: number[], sizes: number[], steps?: number[]): Held {
    const shape = shapeOf(held);
    const whole = (axis: number, i: number): boolean =>
      starts[i] === 0 && sizes[i] === shape[axis] && (steps?.[i] ?? 1) === 1;
    if (axes.every(whole)) return held;
    const attributes = {
      axes: axes.map((axis) => axisOf(held, axis)),
      starts,
      sizes,
      steps: steps ?? axes.map(() => 1),
    };
    return { value: this.op("slice", [held.value], attributes), layout: held.layout };
  }
}

export function native(value: Value): Held {
  return { value, layout: "native" };
}
