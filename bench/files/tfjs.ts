/** Writes a network as a TensorFlow.js graph model: model.json and weights.bin. */
import {
  type BatchNorm,
  type Convolution,
  type Edge,
  type Layer,
  type Layers,
  LOWEST,
} from "./layers.ts";
import type { Window } from "./window.ts";

type Attribute =
  string | number | boolean | { float: number } | readonly number[] | readonly string[];

const ACTIVATION = { relu: "Relu", relu6: "Relu6" } as const;

class TfjsWriter {
  private readonly nodes: object[] = [];
  private readonly names = new Set<string>();
  private readonly manifest: object[] = [];
  private readonly weights: Float32Array[] = [];

  write({ input, layers, output }: Layers): { json: string; weights: Uint8Array } {
    this.node("Placeholder", input.name, [], {
      dtype: "DT_FLOAT",
      shape: { dims: input.shape },
    });
    for (const layer of layers) this.layer(layer);
    const port = ({ name, shape }: Edge): object => ({
      name: `${name}:0`,
      dtype: "DT_FLOAT",
      tensorShape: { dim: shape.map((size) => ({ size: String(size) })) },
    });
    const model = {
      format: "graph-model",
      generatedBy: "lightfuse",
      signature: { inputs: { x: port(input) }, outputs: { y: port(output) } },
      modelTopology: { node: this.nodes, versions: { producer: 1 }, library: {} },
      weightsManifest: [{ paths: ["weights.bin"], weights: this.manifest }],
    };
    return { json: JSON.stringify(model), weights: joined(this.weights) };
  }

  private node(
    op: string,
    name: string,
    input: readonly string[],
    attributes: Record<string, Attribute | { dims: readonly number[] }> = {},
  ): string {
    const attr = Object.entries(attributes).map(([key, value]) => [key, attributeOf(value)]);
    this.nodes.push({ name, op, input, attr: Object.fromEntries(attr) as object });
    return name;
  }

  /** The name of an edge; a constant becomes a node and a weight at its first use. */
  private name({ name, shape, data }: Edge): string {
    if (!data || this.names.has(name)) return name;
    this.names.add(name);
    this.weights.push(data);
    this.manifest.push({ name, shape, dtype: "float32" });
    return this.node("Const", name, [], { dtype: "DT_FLOAT" });
  }

  private integers(name: string, values: readonly number[], shape = [values.length]): string {
    // Their bits as floats: the weights are one file of 32-bit words.
    this.weights.push(new Float32Array(Int32Array.from(values).buffer));
    this.manifest.push({ name, shape, dtype: "int32" });
    return this.node("Const", name, [], { dtype: "DT_INT32" });
  }

  private layer(layer: Layer): void {
    const { op, output, activation } = layer;
    const { name } = output;
    const inputs = layer.inputs.map((edge) => this.name(edge));
    const fused = activation === "none" ? ["BiasAdd"] : ["BiasAdd", ACTIVATION[activation]];
    switch (op) {
      case "conv":
        if (layer.groups > 1) this.groups(name, inputs[0], layer, fused);
        else this.convolution(name, [inputs[0], layer.weight, layer.bias], layer, fused);
        return;
      case "depthwise":
        this.convolution(name, [inputs[0], layer.weight, layer.bias], layer, fused);
        return;
      case "linear": {
        const operands = [...inputs, this.name(layer.weight), this.name(layer.bias)];
        const attributes = { transpose_a: false, transpose_b: true, num_args: 1 };
        this.node("_FusedMatMul", name, operands, { ...attributes, fused_ops: fused });
        return;
      }
      case "maxPool":
      case "averagePool": {
        const { kernel, scheme, padding } = layer.window;
        const kind = op === "maxPool" ? "MaxPool" : "AvgPool";
        if (scheme === "EXPLICIT") inputs[0] = this.pad(name, inputs[0], padding);
        const window = { ...windowAttributes(layer.window), explicit_paddings: [] };
        const padded = scheme === "EXPLICIT" ? "VALID" : scheme;
        this.node(kind, name, inputs, { ...window, padding: padded, ksize: [1, ...kernel, 1] });
        return;
      }
      case "mean":
        inputs.push(this.integers(`${name}/axes`, [1, 2]));
        this.node("Mean", name, inputs, { keep_dims: true });
        return;
      case "reshape":
        inputs.push(this.integers(`${name}/shape`, output.shape));
        this.node("Reshape", name, inputs);
        return;
      case "concat":
        inputs.push(this.integers(`${name}/axis`, [layer.axis]));
        this.node("ConcatV2", name, inputs, { N: layer.inputs.length });
        return;
      case "batchNorm":
        this.batchNorm(layer, inputs[0]);
        return;
      case "transpose":
        inputs.push(this.integers(`${name}/perm`, layer.perm));
        this.node("Transpose", name, inputs);
        return;
      case "slice":
        this.slice(name, inputs[0], layer.starts, layer.sizes);
        return;
      case "split":
        // The engine's own split is these slices.
        layer.outputs.forEach((part, i) => {
          const starts = part.shape.map((size, axis) => (axis === layer.axis ? i * size : 0));
          this.slice(part.name, inputs[0], starts, part.shape);
        });
        return;
      case "silu":
        this.node("Mul", name, [...inputs, this.node("Sigmoid", `${name}/sigmoid`, inputs)]);
        return;
      case "softmax":
        this.node("Softmax", name, inputs);
        return;
      case "sigmoid":
        this.node("Sigmoid", name, inputs);
        return;
      case "hardSwish":
        this.hardSwish(name, inputs[0]);
        return;
      case "activation":
        this.node(ACTIVATION[activation as "relu"], name, inputs);
        return;
      case "add":
      case "mul": {
        const kind = op === "add" ? "AddV2" : "Mul";
        if (activation === "none") this.node(kind, name, inputs);
        else this.node(ACTIVATION[activation], name, [this.node(kind, `${name}/${op}`, inputs)]);
      }
    }
  }

  private convolution(
    name: string,
    [x, weight, bias]: readonly [string, Edge, Edge],
    { op, window }: Convolution,
    fused: readonly string[],
  ): void {
    const depthwise = op === "depthwise";
    const operands = [x, this.name(kernelOf(weight, depthwise)), this.name(bias)];
    const kind = depthwise ? "FusedDepthwiseConv2dNative" : "_FusedConv2D";
    this.node(kind, name, operands, {
      ...windowAttributes(window),
      fused_ops: fused,
      num_args: 1,
    });
  }

  /** A convolution a group, as converters write it: TensorFlow.js has none in groups. */
  private groups(
    name: string,
    x: string,
    layer: Extract<Layer, Convolution>,
    fused: readonly string[],
  ): void {
    const { groups, weight, bias } = layer;
    const [batch, height, width, channels] = layer.inputs[0].shape;
    const sizes = [batch, height, width, channels / groups];
    const parts = Array.from({ length: groups }, (_, group) => {
      const part = this.slice(`${name}/x${group}`, x, [0, 0, 0, group * sizes[3]], sizes);
      const operands = [part, partOf(weight, group, groups), partOf(bias, group, groups)] as const;
      this.convolution(`${name}/group${group}`, operands, layer, fused);
      return `${name}/group${group}`;
    });
    const axis = this.integers(`${name}/axis`, [3]);
    this.node("ConcatV2", name, [...parts, axis], { N: groups });
  }

  private slice(
    name: string,
    x: string,
    starts: readonly number[],
    sizes: readonly number[],
  ): string {
    const begin = this.integers(`${name}/begin`, starts);
    return this.node("Slice", name, [x, begin, this.integers(`${name}/size`, sizes)]);
  }

  /** Below all numbers: the pooling of TensorFlow.js takes SAME and VALID only. */
  private pad(name: string, x: string, [top, left, bottom, right]: Window["padding"]): string {
    const amounts = [0, 0, top, bottom, left, right, 0, 0];
    const lowest = this.name({ name: "lowest", shape: [], data: Float32Array.of(LOWEST) });
    const padding = this.integers(`${name}/padding`, amounts, [4, 2]);
    return this.node("PadV2", `${name}/padded`, [x, padding, lowest]);
  }

  /** One operator: a product and a sum would be two dispatches. */
  private batchNorm({ output: { name }, activation, ...norm }: Layer & BatchNorm, x: string): void {
    const { gamma, beta, mean, variance, epsilon } = norm;
    const operands = [x, ...[gamma, beta, mean, variance].map((edge) => this.name(edge))];
    const attributes = { epsilon: { float: epsilon }, is_training: false, data_format: "NHWC" };
    const joined = activation === "none" ? name : `${name}/norm`;
    this.node("FusedBatchNormV3", joined, operands, attributes);
    if (activation !== "none") this.node(ACTIVATION[activation], name, [joined]);
  }

  /** x * relu6(x + 3) / 6: TensorFlow.js has no node for it. */
  private hardSwish(name: string, x: string): void {
    const three = this.name({ name: "three", shape: [1], data: Float32Array.of(3) });
    const sixth = this.name({ name: "sixth", shape: [1], data: Float32Array.of(1 / 6) });
    const sum = this.node("AddV2", `${name}/add`, [x, three]);
    const clipped = this.node("Relu6", `${name}/relu6`, [sum]);
    const gate = this.node("Mul", `${name}/mul`, [clipped, sixth]);
    this.node("Mul", name, [x, gate]);
  }
}

function attributeOf(value: Attribute | { dims: readonly number[] }): object {
  if (typeof value === "boolean") return { b: value };
  if (typeof value === "number") return { i: String(value) };
  if (typeof value === "string") {
    return value.startsWith("DT_") ? { type: value } : { s: btoa(value) };
  }
  if ("dims" in value)
    return { shape: { dim: value.dims.map((size) => ({ size: String(size) })) } };
  if ("float" in value) return { f: value.float };
  const texts = typeof value[0] === "string";
  return { list: texts ? { s: (value as string[]).map(btoa) } : { i: value.map(String) } };
}

function windowAttributes({ stride, dilation, scheme, padding }: Window) {
  const [top, left, bottom, right] = padding;
  return {
    strides: [1, ...stride, 1],
    dilations: [1, ...dilation, 1],
    padding: scheme,
    data_format: "NHWC",
    explicit_paddings: scheme === "EXPLICIT" ? [0, 0, top, bottom, left, right, 0, 0] : [],
  };
}

/** [out, h, w, in] as [h, w, in, out]; depthwise [1, h, w, channels] as [h, w, channels, 1]. */
function kernelOf({ name, shape, data }: Edge, depthwise: boolean): Edge {
  const [outs, height, width, ins] = shape;
  if (depthwise) return { name, shape: [height, width, ins, 1], data };
  const size = height * width * ins;
  const turned = new Float32Array(data!.length);
  for (let i = 0; i < size; i++) {
    for (let o = 0; o < outs; o++) turned[i * outs + o] = data![o * size + i];
  }
  return { name, shape: [height, width, ins, outs], data: turned };
}

/** The part of a constant that is one group's: groups follow each other along the first axis. */
function partOf({ name, shape: [outs, ...rest], data }: Edge, group: number, groups: number): Edge {
  const size = data!.length / groups;
  const part = data!.subarray(group * size, (group + 1) * size);
  return { name: `${name}/group${group}`, shape: [outs / groups, ...rest], data: part };
}

function joined(parts: readonly Float32Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return all;
}

/** The two files of a graph model. @throws Error for what TensorFlow.js cannot express */
export function writeTfjs(layers: Layers): { json: string; weights: Uint8Array } {
  return new TfjsWriter().write(layers);
}
