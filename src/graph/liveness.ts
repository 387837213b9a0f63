/** How much memory a graph's activations take at once when its nodes run one by one, in order. */
import type { OperatorName } from "./attributes.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { sizeOf } from "./tensor.ts";

/** Operators that only say how a tensor is read; what they give is stored in their inputs. */
const VIEWS = new Set<OperatorName>(["reshape", "transpose", "slice", "expand", "concat", "cast"]);
/** Operators whose result may take the place of an input that nobody reads any more. */
const IN_PLACE = new Set<OperatorName>(["unary", "binary", "batchNorm", "prelu", "where"]);

export function isView(node: Node): boolean {
  return VIEWS.has(node.op);
}

/** Bytes of a value: all types take four, as on the GPU. */
export function bytesOf(value: Value): number {
  return sizeOf(value.shape) * 4;
}

interface Storage {
  readonly bytes: number;
  /** The positions of the first and the last node that need it. */
  readonly first: number;
  last: number;
}

/**
 * Bytes that are alive while each node runs: its inputs, its outputs, and all that later nodes read.
 * Element-wise nodes write over an input that ends with them. Constants and weights do not count.
 */
export function aliveBytes(graph: Graph): number[] {
  const end = graph.nodes.length - 1;
  const homes = new Map<Value, ReadonlySet<Storage>>();
  const storages: Storage[] = [];
  const store = (value: Value, first: number): void => {
    const storage = { bytes: bytesOf(value), first, last: first };
    storages.push(storage);
    homes.set(value, new Set([storage]));
  };
  const homesOf = (value: Value | null) => [...((value && homes.get(value)) ?? [])];

  for (const input of graph.inputs) store(input, 0);
  graph.nodes.forEach((node, at) => {
    const read = node.inputs.flatMap(homesOf);
    for (const storage of read) storage.last = at;
    if (isView(node)) homes.set(node.outputs[0], new Set(read));
    else for (const output of node.outputs) store(output, at);
  });
  for (const { value, length } of graph.outputs) {
    for (const storage of [value, length ?? null].flatMap(homesOf)) storage.last = end;
  }
  return graph.nodes.map((node, at) => {
    const alive = storages.filter(({ first, last }) => first <= at && at <= last);
    const sum = alive.reduce((bytes, storage) => bytes + storage.bytes, 0);
    return sum - (IN_PLACE.has(node.op) ? reusable(node, at) : 0);
  });

  function reusable(node: Node, at: number): number {
    const bytes = bytesOf(node.outputs[0]);
    const fits = (storage: Storage): boolean => storage.bytes === bytes && storage.last === at;
    return node.inputs.some((input) => homesOf(input).some(fits)) ? bytes : 0;
  }
}
