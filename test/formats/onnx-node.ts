/** What tests ask of an ONNX file with one node. */
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { formatShape } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";
import { encodeNode } from "./onnx-encode.ts";
import type { NodeOptions } from "./onnx-encode.ts";

export const graphOf = (op: string, shape: number[], options?: NodeOptions): Graph =>
  parseOnnx(encodeNode(op, shape, options), { name: "m.onnx" });

export const failureOf = (op: string, shape: number[], options?: NodeOptions): string =>
  errorOf(() => graphOf(op, shape, options));

const words = (attributes: object) =>
  Object.entries(attributes).map(([key, value]) => ` ${key}=${String(value)}`);

/**
 * The nodes that one ONNX node becomes and the shapes of the outputs, in a line:
 * `reshape shape=1,3; matmul -> 1x4`.
 */
export function importOf(op: string, shape: number[], options?: NodeOptions): string {
  const { nodes, outputs } = graphOf(op, shape, options);
  const steps = nodes.map((node) => node.op + words(node.attributes).join(""));
  const shapes = outputs.map(({ value }) => formatShape(value.shape));
  return `${steps.join("; ")} -> ${shapes.join(", ")}`;
}

/** A row of a table: title, ONNX operator, shape of x, the rest of the node, what it becomes. */
export type ImportRow = [
  title: string,
  op: string,
  shape: number[],
  options: NodeOptions,
  expected: string,
];
