/** Follows numbers of rows that depend on the data from non-maximum suppression to its readers. */
import type { OperatorName } from "./attributes.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { isOp } from "./rewrite.ts";
import { normalizeAxis } from "./tensor.ts";

/** Each row of their output is computed from the same row of their inputs, or of the first. */
const ELEMENTWISE = new Set<OperatorName>(["unary", "cast", "binary", "prelu", "where", "expand"]);
const BY_FIRST = new Set<OperatorName>(["matmul", "linear", "conv2d", "globalAveragePool"]);

/**
 * For each value of which only the first rows count, how many: the boxes that non-maximum
 * suppression selects, what is gathered by them, and what is computed row by row from that.
 */
export function rowCounts(graph: Graph): Map<Value, Value> {
  const counts = new Map<Value, Value>();
  for (const node of graph.nodes) {
    const [y, count] = node.outputs;
    if (isOp(node, "nonMaxSuppression")) counts.set(y, count);
    else {
      const found = countOf(node, counts);
      if (found) for (const output of node.outputs) counts.set(output, found);
    }
  }
  return counts;
}

/** The number of rows of a node's outputs, where all inputs that have one agree. */
function countOf(node: Node, counts: ReadonlyMap<Value, Value>): Value | undefined {
  const [rows] = node.outputs[0].shape;
  const carriers = rowsOf(node).flatMap((x) => (x && counts.has(x) ? [x] : []));
  const [count, ...others] = new Set(carriers.map((x) => counts.get(x)));
  // Where sizes differ, axis 0 of the output is another one.
  return others.length === 0 && carriers.every(({ shape }) => shape[0] === rows)
    ? count
    : undefined;
}

/** The inputs whose rows become the rows of the outputs; none where rows are mixed. */
function rowsOf(node: Node): readonly (Value | null)[] {
  const [x, second] = node.inputs;
  const [y] = node.outputs;
  const isRow = (axis: number) => normalizeAxis(axis, x!.shape.length, node.name) === 0;
  const ofRankOfY = (input: Value | null) => input?.shape.length === y.shape.length;
  switch (node.op) {
    case "reshape":
      return [x];
    case "gather":
      return isRow(node.attributes.axis) ? [second] : [x];
    case "concat":
      return isRow(node.attributes.axis) ? [] : node.inputs;
    case "softmax":
    case "topK":
      return isRow(node.attributes.axis) ? [] : [x];
    case "slice":
    case "reduce":
      return node.attributes.axes.some(isRow) ? [] : [x];
    case "transpose":
      return node.attributes.perm[0] === 0 ? [x] : [];
    default:
      if (BY_FIRST.has(node.op)) return [x].filter(ofRankOfY);
      return ELEMENTWISE.has(node.op) ? node.inputs.filter(ofRankOfY) : [];
  }
}
