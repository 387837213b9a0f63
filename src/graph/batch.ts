/** Gives a graph for one item another size of batch: axis 0 of its inputs, and of all that follows. */
import type { OperatorAttributes, OperatorName } from "./attributes.ts";
import { GraphError } from "./errors.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { OPERATORS } from "./operators.ts";
import type { Operator } from "./operators/operator.ts";
import { cloneGraph } from "./rewrite.ts";
import { formatShape } from "./tensor.ts";

/** What a rule says: the attributes for the new batch, or why there are none. */
type Verdict = object | string;

/** Operators whose other inputs are weights. */
const LAYERS: ReadonlySet<OperatorName> = new Set([
  "conv2d",
  "convTranspose2d",
  "linear",
  "batchNorm",
  "layerNorm",
  "groupNorm",
]);

const BROADCASTS: ReadonlySet<OperatorName> = new Set(["binary", "where", "prelu"]);

/**
 * A copy of a graph that computes `batch` items at once, each as the graph computes one: axis 0 of
 * every input, and of every value that depends on one, is the item. A graph for as many items is
 * returned as it is.
 * @throws GraphError for a graph that is for more items than one, and where a node mixes axis 0 with
 *   others or reduces it
 */
export function withBatch(graph: Graph, batch: number): Graph {
  if (!Number.isSafeInteger(batch) || batch < 1) {
    throw new GraphError(`batch is ${batch}, expected a whole number of at least 1`);
  }
  if (graph.inputs.every(({ shape }) => shape[0] === batch)) return graph;
  const copy = cloneGraph(graph);
  const items = new Set<Value>();
  for (const input of copy.inputs) {
    if (input.shape[0] !== 1) {
      throw new GraphError(
        `batch ${batch}: input "${input.name}" has shape ${formatShape(input.shape)}, ` +
          "expected 1 as its first size",
      );
    }
    input.shape = [batch, ...input.shape.slice(1)];
    items.add(input);
  }
  copy.nodes = copy.nodes.map((node) => rebatch(node, batch, items));
  return copy;
}

/** The node for the new batch; `items` are the values that have it, and get those of the node. */
function rebatch(node: Node, batch: number, items: Set<Value>): Node {
  if (!node.inputs.some((value) => value && items.has(value))) return node;
  const verdict = attributesFor(node, batch, items);
  const where = `${node.op} "${node.name}"`;
  if (typeof verdict === "string") throw new GraphError(`batch ${batch}: ${where} ${verdict}`);
  const attributes = verdict as OperatorAttributes[OperatorName];
  const operator = OPERATORS[node.op] as Operator<OperatorName>;
  const types = operator.infer({ where, inputs: node.inputs, attributes });
  const changed = { ...node, attributes } as Node;
  node.outputs.forEach((output, i) => {
    if (output.shape[0] !== 1 || types[i].shape[0] !== batch) {
      throw new GraphError(`batch ${batch}: ${where} has no axis for the items of a batch`);
    }
    output.shape = types[i].shape;
    output.producer = changed;
    items.add(output);
  });
  return changed;
}

const REDUCED = "computes across the items of a batch";
const MOVED = "moves or drops the axis of the batch";

function attributesFor(node: Node, batch: number, items: ReadonlySet<Value>): Verdict {
  const { op, inputs, outputs, attributes } = node;
  const isItem = (value: Value | null): boolean => value !== null && items.has(value);
  const [x] = inputs as Value[];
  const rank = x.shape.length;
  const isFirst = (axis: number): boolean => axis === 0 || axis === -rank;
  if (LAYERS.has(op) && inputs.slice(1).some(isItem)) return "has weights that depend on an input";
  if (BROADCASTS.has(op) || op === "matmul") {
    const most = outputs[0].shape.length;
    const fits = (value: Value | null): boolean => !isItem(value) || value?.shape.length === most;
    if (op === "matmul" && most === 2 && isItem(inputs[1])) return REDUCED;
    return inputs.every(fits) ? attributes : MOVED;
  }
  switch (op) {
    case "reduce":
      return attributes.axes.some(isFirst) ? REDUCED : attributes;
    case "softmax":
    case "layerNorm":
    case "topK":
    case "concat":
      return isFirst(attributes.axis) ? REDUCED : attributes;
    case "gather":
      // A table that is the same for all items may be read at each item's indices.
      if (isItem(inputs[1])) return isItem(x) || !isFirst(attributes.axis) ? REDUCED : attributes;
      return isFirst(attributes.axis) ? REDUCED : attributes;
    case "transpose":
      return attributes.perm[0] === 0 ? attributes : MOVED;
    case "reshape":
    case "expand": {
      if (op === "expand" && attributes.shape.length !== rank) return MOVED;
      const [first, ...rest] = attributes.shape;
      return first === 1 ? { ...attributes, shape: [batch, ...rest] } : MOVED;
    }
    case "slice": {
      const isWhole = (axis: number, i: number): boolean =>
        !isFirst(axis) || (attributes.sizes[i] === 1 && attributes.steps[i] === 1);
      if (!attributes.axes.every(isWhole)) return MOVED;
      const sizes = attributes.sizes.map((size, i) => (isFirst(attributes.axes[i]) ? batch : size));
      return { ...attributes, sizes };
    }
    case "pad":
      return attributes.before[0] + attributes.after[0] > 0 ? REDUCED : attributes;
    case "nonMaxSuppression":
      return "gives rows of all items in one list";
    default:
      return attributes;
  }
}
