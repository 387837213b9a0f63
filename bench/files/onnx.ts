/** Writes a network as an ONNX file, so that engines that read ONNX get the same weights. */
import type { Graph, Node, Tensor, Value } from "../../src/index.ts";
import { type Slice, splitOf } from "./split.ts";
import { encodeOnnx, FLOAT, type Initializer, INT64, type OnnxNode } from "./onnx-messages.ts";

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);

class OnnxWriter {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers = new Map<string, Initializer>();

  constructor(private readonly graph: Graph) {}

  write(): Uint8Array {
    for (const node of this.graph.nodes) this.node(node);
    const { name, inputs, outputs } = this.graph;
    return encodeOnnx({
      name,
      nodes: this.nodes,
      initializers: this.initializers.values(),
      inputs: inputs.map((value) => [value.name, value.shape]),
      outputs: outputs.map((port) => [port.name, port.value.shape]),
    });
  }

  /** The name of a value in the file; constants become initializers on the way. */
  private name(value: Value): string {
    const output = this.graph.outputs.find((port) => port.value === value);
    if (output) return output.name;
    if (this.graph.inputs.includes(value)) return value.name;
    const name = `${value.name}#${value.id}`;
    if (value.constant) this.constant(name, value.constant);
    return name;
  }

  private constant(name: string, { shape, data }: Tensor): string {
    this.initializers.set(name, { name, shape, type: FLOAT, bytes: bytesOf(data) });
    return name;
  }

  private longs(name: string, values: readonly number[]): string {
    const bytes = bytesOf(BigInt64Array.from(values, BigInt));
    this.initializers.set(name, { name, shape: [values.length], type: INT64, bytes });
    return name;
  }

  private push(
    { name, inputs, outputs: [y] }: Node,
    op: string,
    attributes: OnnxNode["attributes"] = {},
    operands: readonly string[] = [],
    outputs: readonly Value[] = [y],
  ): void {
    const names = [...inputs.map((value) => (value ? this.name(value) : "")), ...operands];
    const written = outputs.map((value) => this.name(value));
    this.nodes.push({ op, name, inputs: names, outputs: written, attributes });
  }

  private node(node: Node): void {
    switch (node.op) {
      case "conv2d": {
        const { stride, padding, dilation, groups } = node.attributes;
        const attributes = { strides: stride, pads: padding, dilations: dilation, group: groups };
        const kernel = node.inputs[1]!.shape.slice(2);
        return this.push(node, "Conv", { ...attributes, kernel_shape: kernel });
      }
      case "linear":
        return this.push(node, "Gemm", { transB: 1 });
      case "maxPool2d":
      case "averagePool2d": {
        const { kernel, stride, padding, ceilMode } = node.attributes;
        const attributes = { kernel_shape: kernel, strides: stride, pads: padding };
        const both = { ...attributes, ceil_mode: Number(ceilMode) };
        if (node.op === "maxPool2d") return this.push(node, "MaxPool", both);
        const count = Number(node.attributes.countIncludePad);
        return this.push(node, "AveragePool", { ...both, count_include_pad: count });
      }
      case "globalAveragePool":
        return this.push(node, "GlobalAveragePool");
      case "softmax":
        return this.push(node, "Softmax", { axis: node.attributes.axis });
      case "concat":
        return this.push(node, "Concat", { axis: node.attributes.axis });
      case "reshape": {
        const shape = this.longs(`${node.name}#shape`, node.attributes.shape);
        return this.push(node, "Reshape", {}, [shape]);
      }
      case "transpose":
        return this.push(node, "Transpose", { perm: node.attributes.perm });
      case "slice":
        return this.slice(node);
      case "batchNorm": {
        const { epsilon } = node.attributes;
        return this.push(node, "BatchNormalization", { epsilon: { f: epsilon } });
      }
      case "binary":
        if (node.attributes.kind === "add") return this.push(node, "Add");
        if (node.attributes.kind === "mul") return this.push(node, "Mul");
        break;
      case "unary":
        return this.unary(node);
      default:
    }
    throw new Error(`${node.op} "${node.name}" is not written`);
  }

  private slice(node: Slice): void {
    const { axes, starts, sizes, steps } = node.attributes;
    const parts = splitOf(node, this.graph);
    if (parts) {
      const outputs = parts.map((part) => part.outputs[0]);
      const counts = this.longs(`${node.name}#split`, Array<number>(parts.length).fill(sizes[0]));
      if (parts[0] === node) this.push(node, "Split", { axis: axes[0] }, [counts], outputs);
      return;
    }
    if (steps.some((step) => step < 1)) {
      throw new Error(`slice "${node.name}" has a step that is not written`);
    }
    const ends = starts.map((start, i) => start + (sizes[i] - 1) * steps[i] + 1);
    const operands = Object.entries({ starts, ends, axes, steps }).map(([name, values]) => {
      return this.longs(`${node.name}#${name}`, values);
    });
    this.push(node, "Slice", {}, operands);
  }

  private unary(node: Extract<Node, { op: "unary" }>): void {
    const { attributes } = node;
    const limit = (name: string, value: number): string =>
      this.constant(`${node.name}#${name}`, {
        shape: [],
        dtype: "float32",
        data: Float32Array.of(value),
      });
    switch (attributes.kind) {
      case "relu":
        return this.push(node, "Relu");
      case "sigmoid":
        return this.push(node, "Sigmoid");
      case "silu":
        return this.silu(node);
      case "hardSwish":
        return this.push(node, "HardSwish");
      case "hardSigmoid": {
        const { alpha, beta } = attributes;
        return this.push(node, "HardSigmoid", { alpha: { f: alpha }, beta: { f: beta } });
      }
      case "relu6":
        return this.push(node, "Clip", {}, [limit("min", 0), limit("max", 6)]);
      case "clamp": {
        const { min, max } = attributes;
        return this.push(node, "Clip", {}, [limit("min", min), limit("max", max)]);
      }
      default:
        throw new Error(`unary "${node.name}" ${attributes.kind} is not written`);
    }
  }

  /** As two nodes, as PyTorch exports it: the opset has none for it. */
  private silu(node: Node): void {
    const [x, y] = [node.inputs[0]!, node.outputs[0]].map((value) => this.name(value));
    const gate = `${node.name}#gate`;
    const sigmoid = { op: "Sigmoid", name: `${node.name}#sigmoid`, inputs: [x], outputs: [gate] };
    const product = { op: "Mul", name: node.name, inputs: [x, gate], outputs: [y] };
    this.nodes.push({ ...sigmoid, attributes: {} }, { ...product, attributes: {} });
  }
}

/** The bytes of an ONNX file. @throws Error naming the first node that this writer cannot express */
export function writeOnnx(graph: Graph): Uint8Array {
  return new OnnxWriter(graph).write();
}
