/** Turns a batch norm whose statistics are computed during the run into element-wise nodes. */
import type { Node, Value } from "../../graph/graph.ts";
import { constantValue, isOp, makeNode } from "../../graph/rewrite.ts";
import type { Pass } from "./pass.ts";

export const expandBatchNorm: Pass = {
  name: "expand batch norm",
  run(graph) {
    graph.nodes = graph.nodes.flatMap((node) => (isOp(node, "batchNorm") ? expand(node) : node));
  },
};

/** y = (x - mean) * 1 / sqrt(variance + epsilon) * weight + bias */
function expand(node: Extract<Node, { op: "batchNorm" }>): Node[] {
  const [x, ...statistics] = node.inputs as Value[];
  const [y] = node.outputs;
  const nodes: Node[] = [];
  const add = (made: unknown): void => void nodes.push(made as Node);
  const value = (shape: readonly number[]): Value => {
    const name = `${y.name}.${nodes.length}`;
    return { ...y, id: y.id + (nodes.length + 1) / 16, name, shape: [...shape] };
  };
  const [weight, bias, mean, variance] = statistics.map((given) => {
    const shape = [...given.shape, ...y.shape.slice(2).map(() => 1)];
    if (given.constant) return constantValue({ ...given.constant, shape }, given.name);
    const view = value(shape);
    add(makeNode("reshape", node.name, [given], [view], { shape }));
    return view;
  });
  const binary = (kind: "add" | "sub" | "mul", a: Value, b: Value, to = value(a.shape)): Value => {
    add(makeNode("binary", node.name, [a, b], [to], { kind }));
    return to;
  };
  const data = Float32Array.of(node.attributes.epsilon);
  const epsilon = constantValue({ shape: [], dtype: "float32", data }, `${node.name}.epsilon`);
  const raised = binary("add", variance, epsilon);
  const inverse = value(raised.shape);
  add(makeNode("unary", node.name, [raised], [inverse], { kind: "rsqrt" }));
  const scaled = binary("mul", binary("mul", binary("sub", x, mean), inverse), weight);
  binary("add", scaled, bias, y);
  return nodes;
}
