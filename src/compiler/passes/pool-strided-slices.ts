/**
 * Every second pixel of a map, or every third, is a pool whose windows are one pixel: it stays in
 * channel quads, and what reads it can ride on its store. Darknet's shortcuts take such slices.
 */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { isOp, makeNode } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

/** Their outputs may lie row by row, where a slice is a view. */
const IN_ROWS = new Set<string>(["reshape", "transpose", "matmul", "gather", "expand", "slice"]);

export const poolStridedSlices: Pass = {
  name: "pool strided slices",
  run(graph: Graph) {
    const pools = new Map<Value, Node>();
    for (const node of graph.nodes) {
      const stride = strideOf(node);
      if (stride) pools.set(node.outputs[0], pool(node, stride));
    }
    if (pools.size > 0) graph.nodes = beforeReaders(graph, pools);
  },
};

/** The nodes with pools right before what reads them first: operands of what rides on them are there. */
function beforeReaders({ nodes }: Graph, pools: Map<Value, Node>): Node[] {
  const rest = nodes.filter(({ outputs }) => !pools.has(outputs[0]));
  const ordered = rest.flatMap((node) => {
    const read = node.inputs.flatMap((value) => (value && pools.get(value)) ?? []);
    for (const { outputs } of read) pools.delete(outputs[0]);
    return [...new Set(read), node];
  });
  return [...ordered, ...pools.values()];
}

function pool(node: Node, stride: readonly [number, number]): Node {
  const made = makeNode("maxPool2d", node.name, [node.inputs[0]], node.outputs, {
    kernel: [1, 1],
    stride,
    padding: [0, 0, 0, 0],
    dilation: [1, 1],
    ceilMode: false,
  });
  return made;
}

/** The steps along height and width of a slice that leaves out pixels only, from the first one on. */
function strideOf(node: Node): readonly [number, number] | null {
  if (!isOp(node, "slice")) return null;
  const x = node.inputs[0]!;
  if (x.shape.length !== 4 || x.dtype !== "float32" || !liesInQuads(x)) return null;
  const { axes, starts, steps } = node.attributes;
  const stride: [number, number] = [1, 1];
  for (const [i, given] of axes.entries()) {
    const axis = normalizeAxis(given, 4, "slice");
    if (starts[i] !== 0 || steps[i] < 1) return null;
    if (axis >= 2) stride[axis - 2] = steps[i];
    else if (steps[i] !== 1) return null;
  }
  const [y] = node.outputs;
  const isWhole = x.shape.every((size, axis) => {
    const step = axis < 2 ? 1 : stride[axis - 2];
    return y.shape[axis] === Math.floor((size - 1) / step) + 1;
  });
  return isWhole && Math.max(...stride) > 1 ? stride : null;
}

function liesInQuads({ constant, producer }: Value): boolean {
  return !constant && producer !== null && !IN_ROWS.has(producer.op);
}
