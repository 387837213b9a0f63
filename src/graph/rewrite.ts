/** Copies, walks and edits graphs; the compiler's passes are written with these. */
import type { OperatorAttributes, OperatorName } from "./attributes.ts";
import { GraphError } from "./errors.ts";
import type { Graph, Node, NodeOf, Value } from "./graph.ts";
import type { DataType, Shape, Tensor } from "./tensor.ts";

/** A copy whose nodes and values can be edited; constants are shared. */
export function cloneGraph(graph: Graph): Graph {
  const copies = new Map<Value, Value>();
  const copy = (value: Value): Value => {
    const known = copies.get(value);
    if (known) return known;
    const fresh = { ...value, producer: null };
    copies.set(value, fresh);
    return fresh;
  };
  const inputs = graph.inputs.map(copy);
  const nodes = graph.nodes.map((node) => {
    const clone = {
      ...node,
      inputs: node.inputs.map((value) => value && copy(value)),
      outputs: node.outputs.map(copy),
    };
    for (const output of clone.outputs) output.producer = clone;
    return clone;
  });
  const outputs = graph.outputs.map(({ name, value, length }) => ({
    name,
    value: copy(value),
    length: length && copy(length),
  }));
  return { name: graph.name, inputs, outputs, nodes };
}

/** The nodes that read each value. */
export function consumersOf(graph: Graph): Map<Value, Node[]> {
  const consumers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) {
      if (!input) continue;
      const list = consumers.get(input);
      if (list) list.push(node);
      else consumers.set(input, [node]);
    }
  }
  return consumers;
}

/** Lets every reader of `from`, and every graph output that it is, use `to`. */
export function replaceValue(graph: Graph, from: Value, to: Value): void {
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => (input === from ? to : input));
  }
  for (const output of graph.outputs) {
    if (output.value === from) output.value = to;
    if (output.length === from) output.length = to;
  }
}

/** What a run reads at its end: the graph's outputs, and the lengths of those that have one. */
export function outputValues({ outputs }: Graph): Set<Value> {
  return new Set(outputs.flatMap(({ value, length }) => (length ? [value, length] : [value])));
}

let nextRewriteId = 1_000_000_000;

/** A constant made by a pass. */
export function constantValue(tensor: Tensor, name: string): Value {
  const { shape, dtype } = tensor;
  const id = nextRewriteId++;
  return { id, name, shape: [...shape], dtype, producer: null, constant: tensor, parameter: null };
}

/** A value that a pass adds; the node that computes it is made next. */
export function makeValue(shape: Shape, dtype: DataType, name: string): Value {
  const id = nextRewriteId++;
  return { id, name, shape: [...shape], dtype, producer: null, constant: null, parameter: null };
}

/**
 * A node that computes the existing `outputs`, to stand in the place of another.
 * The caller puts it into `graph.nodes`.
 */
export function makeNode<K extends OperatorName>(
  op: K,
  name: string,
  inputs: (Value | null)[],
  outputs: Value[],
  attributes: OperatorAttributes[K],
): NodeOf<K> {
  const node = { id: nextRewriteId++, name, op, inputs, outputs, attributes };
  for (const output of outputs) output.producer = node as unknown as Node;
  return node;
}

/** Narrows a node to one operator. */
export function isOp<K extends OperatorName>(
  node: Node | null | undefined,
  op: K,
): node is Extract<Node, { op: K }> {
  return node?.op === op;
}

/** Drops nodes of which no output is read. */
export function removeDeadNodes(graph: Graph): void {
  const live = outputValues(graph);
  graph.nodes = graph.nodes
    .reverse()
    .filter((node) => {
      if (!node.outputs.some((output) => live.has(output))) return false;
      for (const input of node.inputs) if (input) live.add(input);
      return true;
    })
    .reverse();
}

/** Puts nodes into topological order. @throws GraphError when they form a cycle. */
export function sortNodes(graph: Graph): void {
  const waiting = new Map<Node, number>();
  const readers = new Map<Node, Node[]>();
  const inGraph = new Set(graph.nodes);
  for (const node of graph.nodes) {
    const producers = new Set<Node>();
    for (const input of node.inputs) {
      if (input?.producer && inGraph.has(input.producer)) producers.add(input.producer);
    }
    waiting.set(node, producers.size);
    for (const producer of producers) {
      const list = readers.get(producer);
      if (list) list.push(node);
      else readers.set(producer, [node]);
    }
  }
  const sorted = graph.nodes.filter((node) => waiting.get(node) === 0);
  for (const node of sorted) {
    for (const reader of readers.get(node) ?? []) {
      const left = (waiting.get(reader) ?? 0) - 1;
      waiting.set(reader, left);
      if (left === 0) sorted.push(reader);
    }
  }
  if (sorted.length !== graph.nodes.length) {
    const stuck = graph.nodes.find((node) => (waiting.get(node) ?? 0) > 0);
    throw new GraphError(`graph "${graph.name}": node "${stuck?.name}" is part of a cycle`);
  }
  graph.nodes = sorted;
}
