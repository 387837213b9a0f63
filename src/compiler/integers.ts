/**
 * Bounds what a graph's integers can be: they are stored as floats, and 16-bit floats are exact up
 * to 2048 only.
 */
import { GraphError } from "../graph/errors.ts";
import type { Graph, Node, Value } from "../graph/graph.ts";
import { normalizeAxis, sizeOf } from "../graph/tensor.ts";

/** The greatest magnitude up to which every integer is a 16-bit float. */
export const MOST_EXACT = 2048;

/** @throws GraphError for the first int32 value that may exceed `MOST_EXACT`. */
export function checkIntegers(graph: Graph): void {
  const bounds = new Map<Value, number>();
  const boundOf = (value: Value | null): number => {
    if (!value) return 0;
    const bound = bounds.get(value) ?? ownBound(value);
    bounds.set(value, bound);
    if (value.dtype === "int32" && !(bound <= MOST_EXACT)) throw tooGreat(value, bound);
    return bound;
  };
  for (const node of graph.nodes) {
    const inputs = node.inputs.map(boundOf);
    const outputs = outputBounds(node, inputs);
    node.outputs.forEach((value, i) => {
      bounds.set(value, value.dtype === "bool" ? 1 : (outputs[i] ?? Infinity));
      boundOf(value);
    });
  }
  for (const { value } of graph.outputs) boundOf(value);
}

/** Of a value that no node computes. Integers of the caller are looked at when they come. */
function ownBound({ dtype, constant }: Value): number {
  if (constant) {
    return (constant.data as Float32Array).reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  }
  return { int32: MOST_EXACT, bool: 1, float32: Infinity }[dtype];
}

function tooGreat({ name, producer }: Value, bound: number): GraphError {
  const where = producer ? `${producer.op} "${producer.name}": ` : "";
  const what = Number.isFinite(bound) ? `integers up to ${bound}` : "integers of any size";
  return new GraphError(
    `${where}"${name}" may hold ${what}, but 16-bit floats are exact up to ${MOST_EXACT} only: use precision "f32"`,
  );
}

/** Greatest magnitudes of a node's outputs; Infinity, or none, where they are not known. */
function outputBounds(node: Node, inputs: readonly number[]): number[] {
  const [a, b = 0] = inputs;
  const shape = node.inputs[0]?.shape ?? [];
  switch (node.op) {
    case "binary":
      return [binaryBound(node.attributes.kind, a, b)];
    case "unary":
      return [unaryBound(node, a)];
    case "reduce": {
      const { kind, axes } = node.attributes;
      const count = axes.reduce((n, axis) => n * shape[normalizeAxis(axis, shape.length, "")], 1);
      return [kind === "sum" ? a * count : kind === "prod" ? Infinity : a];
    }
    case "pad":
      return [Math.max(a, Math.abs(node.attributes.value))];
    case "where":
      return [Math.max(b, inputs[2])];
    case "concat":
      return [Math.max(...inputs)];
    case "topK":
      return [a, shape[normalizeAxis(node.attributes.axis, shape.length, "topK")] - 1];
    case "maxPool2dWithIndices":
      return [a, sizeOf(shape.slice(2)) - 1];
    case "nonMaxSuppression": {
      const [selected] = node.outputs;
      const [images, classes, boxes] = node.inputs[1]!.shape;
      return [Math.max(images, classes, boxes, 2) - 1, selected.shape[0]];
    }
    case "cast":
    case "slice":
    case "reshape":
    case "transpose":
    case "expand":
    case "gather":
    case "maxPool2d":
    case "channelMaxPool":
      return [a];
    default:
      return [];
  }
}

function binaryBound(kind: (Node & { op: "binary" })["attributes"]["kind"], a: number, b: number) {
  switch (kind) {
    case "add":
    case "sub":
      return a + b;
    case "mul":
      return a * b;
    case "div":
    case "floorDivide":
      // A quotient of integers: of magnitudes below 1 there is only 0.
      return a;
    case "remainder":
      return b;
    case "minimum":
    case "maximum":
      return Math.max(a, b);
    default:
      return Infinity;
  }
}

function unaryBound({ attributes }: Node & { op: "unary" }, x: number): number {
  switch (attributes.kind) {
    case "identity":
    case "relu":
    case "abs":
    case "neg":
    case "sign":
      return x;
    case "clamp":
      return Math.min(x, Math.max(Math.abs(attributes.min), Math.abs(attributes.max)));
    default:
      return Infinity;
  }
}
