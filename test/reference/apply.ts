/** Applies one operator to tensors on the reference; numbers to tensors and back. */
import type {
  Conv2dAttributes,
  OperatorAttributes,
  OperatorName,
} from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { evaluateNode } from "../../src/reference/evaluate.ts";

/** The first output of an operator. */
export function apply<K extends OperatorName>(
  op: K,
  inputs: readonly (Tensor | null)[],
  attributes: OperatorAttributes[K],
): Tensor {
  return applyAll(op, inputs, attributes)[0];
}

export function applyAll<K extends OperatorName>(
  op: K,
  inputs: readonly (Tensor | null)[],
  attributes: OperatorAttributes[K],
): Tensor[] {
  const builder = new GraphBuilder("test");
  const values = inputs.map((input) => input && builder.constant(input));
  builder.apply(op, values, attributes, "test");
  return evaluateNode(builder.graph.nodes[0], inputs);
}

export function floats(shape: Shape, numbers: readonly number[]): Tensor {
  return tensor(shape, Float32Array.from(numbers));
}

/** Numbers in [-1, 1), other ones for each `seed`. */
export function noise(shape: Shape, seed: number): Tensor {
  const numbers = Array.from({ length: sizeOf(shape) }, (_, i) => syntheticNumber(seed * 1e6 + i));
  return floats(shape, numbers);
}

/** Greatest absolute difference; Infinity where shapes differ. */
export function difference(a: Tensor, b: Tensor): number {
  if (a.shape.join() !== b.shape.join()) return Infinity;
  return Math.max(0, ...Array.from(a.data, (x, i) => Math.abs(x - b.data[i])));
}

export const PLAIN_CONVOLUTION: Conv2dAttributes = {
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
};
