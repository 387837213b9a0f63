/**
 * Element-wise nodes of a concatenation become nodes of its pieces, so that each rides on the kernel
 * that computes its piece: f(concat(a, b), x) = concat(f(a, x's first channels), f(b, the others)).
 * A ghost module's residual add takes no dispatch then.
 */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { lazyTensor, normalizeAxis, sameShape } from "../../graph/tensor.ts";
import { isElementwise } from "../elementwise-nodes.ts";
import type { ElementwiseNode } from "../expression.ts";
import type { Pass } from "./pass.ts";

export const distributeOverConcat: Pass = {
  name: "distribute over concat",
  run(graph) {
    const distributor = new Distributor(graph);
    const nodes = graph.nodes.flatMap((node) => distributor.distribute(node) ?? [node]);
    graph.nodes = nodes.flatMap((node) => [...distributor.slicesBefore(node), node]);
    // A concatenation that nothing reads would have its pieces stored.
    removeDeadNodes(graph);
  },
};

/** Whose kernels have a slot on their store. */
const STORES = new Set<string>([
  "conv2d",
  "maxPool2d",
  "averagePool2d",
  "unary",
  "binary",
  "prelu",
]);

/** Not to be distributed: what is left would be more nodes than were saved. */
const MOST_PIECES = 4;

class Distributor {
  private readonly consumers: Map<Value, Node[]>;
  private readonly outputs: Set<Value>;
  private readonly position = new Map<Node, number>();
  /** Slices of operands, by the node before which they stand: that of the first piece. */
  private readonly slices = new Map<Node, Node[]>();
  private nextId = 0;

  constructor(graph: Graph) {
    this.consumers = consumersOf(graph);
    this.outputs = outputValues(graph);
    graph.nodes.forEach((node, i) => this.position.set(node, i));
  }

  /** The nodes in the place of `node`; null where it stays. */
  distribute(node: Node): Node[] | null {
    if (!isElementwise(node)) return null;
    const [y] = node.outputs;
    const index = node.inputs.findIndex((value) => isOp(value?.producer, "concat"));
    const joined = node.inputs[index];
    if (!joined || y.shape.length !== 4 || !sameShape(joined.shape, y.shape)) return null;
    const concat = joined.producer!;
    if (!isOp(concat, "concat") || normalizeAxis(concat.attributes.axis, 4, "concat") !== 1)
      return null;
    const pieces = concat.inputs as Value[];
    if (pieces.length > MOST_PIECES || !this.isPrivate(joined)) return null;
    if (new Set(pieces).size !== pieces.length || !this.gains(node, index, pieces)) return null;
    return this.split(node, index, pieces);
  }

  slicesBefore(node: Node): readonly Node[] {
    return this.slices.get(node) ?? [];
  }

  private isPrivate(value: Value): boolean {
    return this.consumers.get(value)?.length === 1 && !this.outputs.has(value);
  }

  /** Whether each piece's kernel can take its part: the other operand must be there before it. */
  private gains(node: ElementwiseNode, index: number, pieces: readonly Value[]): boolean {
    const canStore = pieces.every(({ producer }) => producer !== null && STORES.has(producer.op));
    if (!canStore || !this.isPrivate(pieces.at(-1)!)) return false;
    const others = node.inputs.filter((value, i) => i !== index && value && !value.constant);
    if (others.length === 0) return pieces.every((piece) => this.isPrivate(piece));
    const first = this.positionOf(this.firstOf(pieces));
    return others.every(
      (other) =>
        sameShape(other!.shape, node.outputs[0].shape) && this.positionOf(other!.producer) < first,
    );
  }

  private positionOf(node: Node | null): number {
    return node ? (this.position.get(node) ?? Infinity) : -1;
  }

  /** The node that computes the first of some pieces. */
  private firstOf(pieces: readonly Value[]): Node {
    return pieces
      .map(({ producer }) => producer!)
      .reduce((a, b) => (this.positionOf(b) < this.positionOf(a) ? b : a));
  }

  private split(node: ElementwiseNode, index: number, pieces: readonly Value[]): Node[] {
    const [y] = node.outputs;
    const nodes: Node[] = [];
    let start = 0;
    const parts = pieces.map((piece, part) => {
      const count = piece.shape[1];
      const inputs = node.inputs.map((value, i) =>
        i === index ? piece : value && this.partOf(value, start, count, this.firstOf(pieces)),
      );
      start += count;
      const value = this.value(y, `${y.name}.${part}`, [y.shape[0], count, y.shape[2], y.shape[3]]);
      nodes.push(
        makeNode(
          node.op,
          `${node.name}.${part}`,
          inputs,
          [value],
          node.attributes as never,
        ) as unknown as Node,
      );
      return value;
    });
    nodes.push(makeNode("concat", `${node.name}.concat`, parts, [y], { axis: 1 }));
    for (const made of nodes) this.position.set(made, this.positionOf(node));
    return nodes;
  }

  /** `count` channels of an operand from `start` on. */
  private partOf(operand: Value, start: number, count: number, before: Node): Value {
    const axis = operand.shape.length - 3;
    if (axis < 0 || operand.shape[axis] === 1) return operand;
    const shape = operand.shape.map((size, i) => (i === axis ? count : size));
    const { constant } = operand;
    if (constant) {
      const inner = operand.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
      const outer = operand.shape.slice(0, axis).reduce((a, b) => a * b, 1);
      const stride = operand.shape[axis] * inner;
      const picked = lazyTensor(
        shape,
        () => {
          const { data } = constant;
          const rows = new Float32Array(outer * count * inner);
          for (let o = 0; o < outer; o++) {
            const from = o * stride + start * inner;
            rows.set(data.subarray(from, from + count * inner), o * count * inner);
          }
          return rows;
        },
        constant.dtype,
      );
      return constantValue(picked, operand.name);
    }
    const part = this.value(operand, `${operand.name}[${start}:${start + count}]`, shape);
    const attributes = { axes: [axis], starts: [start], sizes: [count], steps: [1] };
    const slice = makeNode("slice", part.name, [operand], [part], attributes) as unknown as Node;
    this.position.set(slice, this.positionOf(before));
    this.slices.set(before, [...this.slicesBefore(before), slice]);
    return part;
  }

  private value(like: Value, name: string, shape: readonly number[]): Value {
    return {
      ...like,
      id: 3_000_000_000 + this.nextId++,
      name,
      shape,
      producer: null,
      constant: null,
    };
  }
}
