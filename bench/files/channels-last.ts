/**
 * A graph as layers over [N, H, W, C], with activations joined to the layers before them: what the
 * formats of TensorFlow Lite and TensorFlow.js have in common.
 */
import type { Graph, Node, Value } from "../../src/index.ts";
import { constantOf } from "./fold-batch-norm.ts";
import { channelsLast, LAST } from "./layout.ts";
import type { Edge, Layer, Layers, Operation } from "./layers.ts";
import { splitOf } from "./split.ts";
import { windowOf } from "./window.ts";

/** @throws Error naming the first node that these formats, or this writer, cannot express */
export function toChannelsLast(graph: Graph): Layers {
  return new Lowering(graph).lower();
}

/** What can have an activation as a part. */
const JOINED = ["conv", "depthwise", "linear", "batchNorm", "add", "mul"];

class Lowering {
  private readonly edges = new Map<Value, Edge>();
  private readonly layers: Layer[] = [];

  constructor(private readonly graph: Graph) {}

  lower(): Layers {
    for (const node of this.graph.nodes) this.node(node);
    const [{ value }] = this.graph.outputs;
    return {
      input: this.edge(this.graph.inputs[0]),
      layers: this.layers,
      output: this.edge(value),
    };
  }

  private edge(value: Value): Edge {
    const known = this.edges.get(value);
    if (known) return known;
    const { shape } = value;
    const edge: Edge = {
      name: `t${this.edges.size}`,
      shape: shapeOf(shape),
      ...(value.constant && {
        data: channelsLast(constantOf(value).data as Float32Array, value.shape),
      }),
    };
    this.edges.set(value, edge);
    return edge;
  }

  private push(node: Node, operation: Operation, inputs = [this.edge(node.inputs[0]!)]): void {
    const output = this.edge(node.outputs[0]);
    this.layers.push({ ...operation, name: node.name, inputs, output, activation: "none" });
  }

  private constant(node: Node, shape: readonly number[], data: Float32Array): Edge {
    return { name: `${node.name}/constant${this.layers.length}_${data.length}`, shape, data };
  }

  private node(node: Node): void {
    switch (node.op) {
      case "conv2d":
        return this.convolution(node);
      case "linear":
        return this.push(node, { op: "linear", ...this.weights(node) });
      case "maxPool2d":
      case "averagePool2d":
        return this.pool(node);
      case "globalAveragePool":
        return this.push(node, { op: "mean" });
      case "unary":
        return this.unary(node);
      case "binary":
        if (node.attributes.kind !== "add" && node.attributes.kind !== "mul") break;
        return this.push(
          node,
          { op: node.attributes.kind },
          node.inputs.map((value) => this.edge(value!)),
        );
      case "softmax":
        if (node.attributes.axis !== 1) break;
        return this.push(node, { op: "softmax" });
      case "concat": {
        const axis = node.outputs[0].shape.length === 4 ? LAST.indexOf(node.attributes.axis) : -1;
        if (axis < 0) break;
        return this.push(
          node,
          { op: "concat", axis },
          node.inputs.map((value) => this.edge(value!)),
        );
      }
      case "reshape": {
        const [from, to] = [node.inputs[0]!.shape, node.outputs[0].shape];
        const groups = isGrouping(from, to) || isGrouping(to, from);
        if (!groups && !(isVector(from) && isVector(to))) break;
        return this.push(node, { op: "reshape" });
      }
      case "transpose":
        if (node.attributes.perm.join() !== "0,2,1,3,4") break;
        return this.push(node, { op: "transpose", perm: [0, 1, 3, 2] });
      case "slice":
        return this.slice(node);
      case "batchNorm":
        return this.batchNorm(node);
      default:
    }
    throw new Error(`${node.op} "${node.name}" is not written`);
  }

  private weights(node: Node): { weight: Edge; bias: Edge } {
    const outs = node.outputs[0].shape[1];
    const bias = node.inputs[2]
      ? this.edge(node.inputs[2])
      : this.constant(node, [outs], new Float32Array(outs));
    return { weight: this.edge(node.inputs[1]!), bias };
  }

  private batchNorm(node: Extract<Node, { op: "batchNorm" }>): void {
    const [gamma, beta, mean, variance] = node.inputs.slice(1).map((value) => this.edge(value!));
    const { epsilon } = node.attributes;
    this.push(node, { op: "batchNorm", gamma, beta, mean, variance, epsilon });
  }

  private slice(node: Extract<Node, { op: "slice" }>): void {
    const { axes, starts, sizes, steps } = node.attributes;
    if (node.inputs[0]!.shape.length !== 4 || steps.some((step) => step !== 1)) {
      throw new Error(`slice "${node.name}" has a rank or a step that is not written`);
    }
    const parts = splitOf(node, this.graph);
    if (parts) {
      if (parts[0] !== node) return;
      const outputs = parts.map((part) => this.edge(part.outputs[0]));
      return this.push(node, { op: "split", axis: LAST.indexOf(axes[0]), outputs });
    }
    const all = LAST.map((axis) => axes.indexOf(axis));
    this.push(node, {
      op: "slice",
      starts: all.map((i) => (i < 0 ? 0 : starts[i])),
      sizes: all.map((i, axis) => (i < 0 ? this.edge(node.inputs[0]!).shape[axis] : sizes[i])),
    });
  }

  private convolution(node: Extract<Node, { op: "conv2d" }>): void {
    const { groups } = node.attributes;
    const { weight, bias } = this.weights(node);
    const [outs, height, width, ins] = weight.shape;
    const kernel = [height, width] as const;
    const window = windowOf(node, { ...node.attributes, kernel });
    if (groups > 1 && groups === outs && ins === 1) {
      // [O, 1, kh, kw] is wanted as [1, kh, kw, O].
      const data = channelsLast(constantOf(node.inputs[1]!).data as Float32Array, [
        1,
        outs,
        height,
        width,
      ]);
      const turned = { name: weight.name, shape: [1, height, width, outs], data };
      return this.push(node, { op: "depthwise", weight: turned, bias, window, groups });
    }
    this.push(node, { op: "conv", weight, bias, window, groups });
  }

  private pool(node: Extract<Node, { op: "maxPool2d" | "averagePool2d" }>): void {
    const window = windowOf(node, { dilation: [1, 1], ...node.attributes });
    const average = node.op === "averagePool2d";
    const counted = average && node.attributes.countIncludePad && window.scheme === "SAME";
    const dilated = window.dilation.some((step) => step > 1);
    if ((average && window.scheme === "EXPLICIT") || counted || dilated) {
      throw new Error(`${node.op} "${node.name}" has a padding or dilation that is not written`);
    }
    this.push(node, { op: average ? "averagePool" : "maxPool", window });
  }

  private unary(node: Extract<Node, { op: "unary" }>): void {
    const { attributes } = node;
    const { kind } = attributes;
    if (kind === "hardSwish" || kind === "sigmoid" || kind === "silu") {
      return this.push(node, { op: kind });
    }
    if (attributes.kind === "hardSigmoid") return this.hardSigmoid(node, attributes);
    const isRelu6 =
      attributes.kind === "relu6" ||
      (attributes.kind === "clamp" && attributes.min === 0 && attributes.max === 6);
    if (!isRelu6 && attributes.kind !== "relu") {
      throw new Error(`unary "${node.name}" ${attributes.kind} is not written`);
    }
    const activation = isRelu6 ? "relu6" : "relu";
    const before = this.layers.find(({ output }) => output === this.edge(node.inputs[0]!));
    const readers = this.graph.nodes.filter(({ inputs }) => inputs.includes(node.inputs[0]));
    const joins = before && JOINED.includes(before.op);
    if (joins && before.activation === "none" && readers.length === 1) {
      before.activation = activation;
      before.output = this.edge(node.outputs[0]);
    } else {
      this.push(node, { op: "activation" });
      this.layers.at(-1)!.activation = activation;
    }
  }

  /** relu6(x + 3) / 6, as TensorFlow's own networks write it. */
  private hardSigmoid(node: Node, { alpha, beta }: { alpha: number; beta: number }): void {
    if (Math.abs(6 * alpha - 1) > 1e-6) throw new Error(`unary "${node.name}": alpha ${alpha}`);
    const shape = this.edge(node.inputs[0]!).shape;
    const sum: Edge = { name: `${node.name}/sum${this.layers.length}`, shape };
    const shift = this.constant(node, [1], Float32Array.of(6 * beta));
    const inputs = [this.edge(node.inputs[0]!), shift];
    const name = `${node.name}/add`;
    this.layers.push({ op: "add", name, inputs, output: sum, activation: "relu6" });
    const sixth = this.constant(node, [1], Float32Array.of(1 / 6));
    this.push(node, { op: "mul" }, [sum, sixth]);
  }
}

/** [N, C, H, W] as [N, H, W, C]; [N, groups, C, H, W] as [N, H * W, groups, C]. */
function shapeOf(shape: readonly number[]): readonly number[] {
  if (shape.length === 4) return LAST.map((axis) => shape[axis]);
  if (shape.length !== 5) return shape;
  // In four axes: few engines transpose five on the GPU.
  const [batch, groups, channels, height, width] = shape;
  return [batch, height * width, groups, channels];
}

/** Whether a reshape of [N, C, H, W] does no more than to put its channels in groups. */
function isGrouping(from: readonly number[], to: readonly number[]): boolean {
  if (from.length !== 4 || to.length !== 5) return false;
  const [batch, groups, channels, height, width] = to;
  return [batch, groups * channels, height, width].every((size, axis) => size === from[axis]);
}

function isVector(shape: readonly number[]): boolean {
  return shape.length < 4 || (shape.length === 4 && shape[2] * shape[3] === 1);
}
