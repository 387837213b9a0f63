/** What the graph knows of one operator: how many inputs, which outputs, how many MACs. */
import { ShapeError } from "../errors.ts";
import type { OperatorAttributes, OperatorName } from "../attributes.ts";
import type { DataType, Shape } from "../tensor.ts";
import { formatShape } from "../tensor.ts";

export interface ValueType {
  readonly shape: Shape;
  readonly dtype: DataType;
}

/** An operator's inputs and attributes as its shape rule sees them. */
export interface Application<K extends OperatorName> {
  /** `conv2d "features.3.conv_dw"`: begins each error. */
  readonly where: string;
  readonly inputs: readonly (ValueType | null)[];
  readonly attributes: OperatorAttributes[K];
}

export interface Operator<K extends OperatorName> {
  /** Least and greatest number of inputs. */
  readonly arity: readonly [number, number];
  /** @throws ShapeError when inputs and attributes do not fit together. */
  infer(application: Application<K>): ValueType[];
  /** Multiply-accumulates at the given types; operators without it count none. */
  macs?(application: Application<K>, outputs: readonly ValueType[]): number;
}

/** The input at `index`. @throws ShapeError when it is absent. */
export function required(application: Application<OperatorName>, index: number): ValueType {
  const input = application.inputs[index];
  if (!input) throw new ShapeError(`${application.where}: input ${index} is missing`);
  return input;
}

/** The shape of the input at `index`. @throws ShapeError when its rank is another. */
export function shapeOfRank(
  application: Application<OperatorName>,
  index: number,
  rank: number,
): Shape {
  const { shape } = required(application, index);
  if (shape.length !== rank) {
    throw new ShapeError(
      `${application.where}: input ${index} has shape ${formatShape(shape)} of rank ` +
        `${shape.length}, expected rank ${rank}`,
    );
  }
  return shape;
}
