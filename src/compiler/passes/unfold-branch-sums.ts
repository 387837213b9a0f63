/**
 * Sums over the branches of a value [N, R, C, H, W] become sums of values [N, C, H, W]: exported
 * selective kernels and split attention stack their branches along an axis of their own, which
 * channel quads do not have.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { isOp, makeNode, makeValue, removeDeadNodes } from "../../graph/rewrite.ts";
import { normalizeAxis, sameShape } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

export const unfoldBranchSums: Pass = {
  name: "unfold branch sums",
  run(graph) {
    const nodes: Node[] = [];
    const unfolder = new Unfolder(nodes);
    for (const node of graph.nodes) if (!unfolder.replace(node)) nodes.push(node);
    graph.nodes = nodes;
    removeDeadNodes(graph);
  },
};

class Unfolder {
  /** The branches of values that several sums read. */
  private readonly known = new Map<Value, Value[] | null>();

  /** @param nodes where new nodes are put, behind the producers of what they read */
  constructor(private readonly nodes: Node[]) {}

  /** Puts additions in the place of a sum over branches. @returns whether the node is one */
  replace(node: Node): boolean {
    const x = node.inputs[0];
    if (!isOp(node, "reduce") || node.attributes.kind !== "sum" || x?.shape.length !== 5) {
      return false;
    }
    const axes = node.attributes.axes.map((axis) => normalizeAxis(axis, 5, "reduce"));
    const branches =
      axes.join() === "1" && !node.attributes.keepDims && x.shape[1] > 1 && this.branchesOf(x);
    if (!branches) return false;
    const [y] = node.outputs;
    branches.reduce((sum, branch, i) => {
      const isLast = i === branches.length - 1;
      const to = isLast ? y : makeValue(y.shape, y.dtype, `${y.name}.sum${i}`);
      const inputs = [sum, branch];
      this.nodes.push(makeNode("binary", node.name, inputs, [to], { kind: "add" }));
      return to;
    });
    return true;
  }

  private branchesOf(stacked: Value): Value[] | null {
    const known = this.known.get(stacked);
    if (known !== undefined) return known;
    const branches = this.unstack(stacked);
    this.known.set(stacked, branches);
    return branches;
  }

  private unstack(stacked: Value): Value[] | null {
    const { producer, shape } = stacked;
    const [images, radix, channels, height, width] = shape;
    const flat = [images, radix * channels, height, width];
    const [x] = producer?.inputs ?? [];
    if (isOp(producer, "reshape") && sameShape(x!.shape, flat)) return this.slicesOf(x!, radix);
    if (isOp(producer, "concat")) return this.pieces(producer);
    if (isOp(producer, "binary") && producer.attributes.kind === "mul") {
      return this.products(producer, radix);
    }
    if (height * width !== 1 || stacked.constant) return null;
    const vector = makeValue(flat, stacked.dtype, `${stacked.name}.channels`);
    const attributes = { shape: flat };
    this.nodes.push(makeNode("reshape", stacked.name, [stacked], [vector], attributes));
    return this.slicesOf(vector, radix);
  }

  /** What is stacked: values with an axis for the branches put into their shape. */
  private pieces(concat: Extract<Node, { op: "concat" }>): Value[] | null {
    if (normalizeAxis(concat.attributes.axis, 5, "concat") !== 1) return null;
    const pieces = concat.inputs.map((piece) => {
      const { producer, shape } = piece!;
      const [x] = producer?.inputs ?? [];
      const [images, count, ...rest] = shape;
      const isStacked = count === 1 && isOp(producer, "reshape");
      return isStacked && sameShape(x!.shape, [images, ...rest]) ? x! : null;
    });
    return pieces.every((piece) => piece !== null) ? pieces : null;
  }

  private products({ name, inputs, outputs }: Node, radix: number): Value[] | null {
    const [y] = outputs;
    const [a, b] = inputs as Value[];
    const isStacked = ({ shape }: Value): boolean => shape.length === 5 && shape[1] === radix;
    if (!isStacked(a) || !isStacked(b) || a.shape[2] !== b.shape[2]) return null;
    const left = this.branchesOf(a);
    const right = left && this.branchesOf(b);
    if (!right) return null;
    const [images, , ...rest] = y.shape;
    return left.map((branch, r) => {
      const product = makeValue([images, ...rest], y.dtype, `${y.name}.${r}`);
      const pair = [branch, right[r]];
      this.nodes.push(makeNode("binary", name, pair, [product], { kind: "mul" }));
      return product;
    });
  }

  /** x [N, R * C, H, W] -> R of [N, C, H, W] */
  private slicesOf(x: Value, radix: number): Value[] {
    const [images, channels, ...rest] = x.shape;
    const size = channels / radix;
    return Array.from({ length: radix }, (_, r) => {
      const name = `${x.name}.branch${r}`;
      const part = makeValue([images, size, ...rest], x.dtype, name);
      const attributes = { axes: [1], starts: [r * size], sizes: [size], steps: [1] };
      this.nodes.push(makeNode("slice", name, [x], [part], attributes));
      return part;
    });
  }
}
