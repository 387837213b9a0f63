/** What a graph consists of. */
import type { Graph } from "./graph/graph.ts";
import { countMacs, countParameters } from "./graph/statistics.ts";
import type { DataType, Shape } from "./graph/tensor.ts";

export interface NamedShape {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DataType;
  /** The first size is the greatest possible: how many rows a run gives depends on the data. */
  readonly variable?: true;
}

/** What there is to know of an input or output from outside. */
export function namedShape({
  name,
  shape,
  dtype,
  length,
}: NamedShape & { length?: unknown }): NamedShape {
  return { name, shape, dtype, ...(length !== undefined && { variable: true }) };
}

export interface Inspection {
  readonly name: string;
  readonly inputs: readonly NamedShape[];
  readonly outputs: readonly NamedShape[];
  /** How many nodes of each operator. */
  readonly operators: Readonly<Record<string, number>>;
  /** Learnable numbers. */
  readonly parameters: number;
  /** Multiply-accumulates of one run. */
  readonly macs: number;
}

export function inspect(graph: Graph): Inspection {
  const operators: Record<string, number> = {};
  for (const { op } of graph.nodes) operators[op] = (operators[op] ?? 0) + 1;
  return {
    name: graph.name,
    inputs: graph.inputs.map(namedShape),
    outputs: graph.outputs.map(({ name, value: { shape, dtype }, length }) =>
      namedShape({ name, shape, dtype, length }),
    ),
    operators,
    parameters: countParameters(graph),
    macs: countMacs(graph),
  };
}
