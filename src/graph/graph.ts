/** The intermediate representation: values joined by nodes, in topological order. */
import type { OperatorAttributes, OperatorName } from "./attributes.ts";
import type { DataType, Shape, Tensor } from "./tensor.ts";

/** Channels [start, start + channels) of a value are a value of the graph that was compiled. */
export interface ValuePart {
  readonly name: string;
  readonly start: number;
  readonly channels: number;
}

/** One tensor of a graph: a graph input, a constant, a parameter, or an output of a node. */
export interface Value {
  readonly id: number;
  name: string;
  shape: Shape;
  dtype: DataType;
  /** The node that computes the value; null for inputs, constants and parameters. */
  producer: Node | null;
  /** What the value is, if it is known before a run. */
  constant: Tensor | null;
  /** The `state_dict` key from which `constant` is to be filled. */
  parameter: string | null;
  /** Where a pass has moved channels: the logical channel in each lane of axis 1, -1 in unused ones. */
  lanes?: readonly number[];
  /** Of a value that stands for several: which of its channels are those of which. */
  parts?: readonly ValuePart[];
}

/** One operator applied to values. An optional input that is absent is null. */
export type Node = { [K in OperatorName]: NodeOf<K> }[OperatorName];

export interface NodeOf<K extends OperatorName> {
  readonly id: number;
  /** Names the layer in errors and plans: the file's node name, or the block's path. */
  name: string;
  readonly op: K;
  inputs: (Value | null)[];
  outputs: Value[];
  readonly attributes: OperatorAttributes[K];
}

export interface GraphOutput {
  readonly name: string;
  value: Value;
  /** One number: how many rows of the value (along axis 0) a run gives, where the data decide it. */
  length?: Value;
}

export interface Graph {
  name: string;
  inputs: Value[];
  outputs: GraphOutput[];
  /** Topological order: a node stands after the producers of its inputs. */
  nodes: Node[];
}
