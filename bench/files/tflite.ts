/** Writes a network as a float .tflite file, by the public schema of TensorFlow Lite (version 3). */
import { scaleAndShift } from "./fold-batch-norm.ts";
import {
  type Activation,
  type BatchNorm,
  type Edge,
  type Layer,
  type Layers,
  LOWEST,
} from "./layers.ts";
import type { Window } from "./window.ts";
import { f32, i32, i8, type Item, ints, table, text, u32, u8, vector } from "./flatbuffer.ts";
import { writeFlatBuffer } from "./flatbuffer.ts";

/** BuiltinOperator and BuiltinOptions (0: none). */
const BUILTIN = {
  add: [0, 11],
  averagePool: [1, 5],
  concat: [2, 10],
  conv: [3, 1],
  depthwise: [4, 2],
  linear: [9, 8],
  sigmoid: [14, 0],
  maxPool: [17, 5],
  mul: [18, 21],
  relu: [19, 0],
  relu6: [21, 0],
  reshape: [22, 17],
  softmax: [25, 9],
  pad: [34, 22],
  transpose: [39, 26],
  mean: [40, 27],
  split: [49, 35],
  padWith: [60, 43],
  slice: [65, 48],
  hardSwish: [117, 91],
} as const;
type Builtin = keyof typeof BUILTIN;

const ACTIVATION: Record<Activation, number> = { none: 0, relu: 1, relu6: 3 };
const FLOAT32 = 0;
const INT32 = 2;

type Table = ReturnType<typeof table>;

class TfliteWriter {
  private readonly tensors: Table[] = [];
  private readonly indices = new Map<string, number>();
  /** Buffer 0 is empty: tensors that are computed have it. */
  private readonly buffers: Table[] = [table()];
  private readonly operators: Table[] = [];
  private readonly codes: Builtin[] = [];

  write({ input, layers, output }: Layers): Uint8Array {
    const first = this.tensor(input);
    for (const layer of layers) this.layer(layer);
    const last = this.tensor(output);
    const graph = table(
      vector(this.tensors),
      ints([first]),
      ints([last]),
      vector(this.operators),
      text("main"),
    );
    const codes = this.codes.map((name) => {
      const [code] = BUILTIN[name];
      return table(i8(code), undefined, i32(1), i32(code));
    });
    const model = [u32(3), vector(codes), vector([graph]), text("lightfuse"), vector(this.buffers)];
    return writeFlatBuffer(table(...model), "TFL3");
  }

  private tensor({ name, shape, data }: Edge | IntegerEdge): number {
    const known = this.indices.get(name);
    if (known !== undefined) return known;
    const index = this.tensors.length;
    if (data)
      this.buffers.push(
        table(vector(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))),
      );
    const type = data instanceof Int32Array ? INT32 : FLOAT32;
    const buffer = data ? this.buffers.length - 1 : 0;
    this.tensors.push(table(ints(shape), i8(type), u32(buffer), text(name)));
    this.indices.set(name, index);
    return index;
  }

  private integers(name: string, values: readonly number[], shape = [values.length]): number {
    return this.tensor({ name, shape, data: Int32Array.from(values) });
  }

  private operator(
    name: Builtin,
    inputs: number[],
    output: Edge | readonly Edge[],
    options: (Item | undefined)[],
  ): void {
    const outputs = "name" in output ? [output] : output;
    if (!this.codes.includes(name)) this.codes.push(name);
    const [, optionsType] = BUILTIN[name];
    this.operators.push(
      table(
        u32(this.codes.indexOf(name)),
        ints(inputs),
        ints(outputs.map((edge) => this.tensor(edge))),
        ...(optionsType > 0 ? [u8(optionsType), table(...options)] : []),
      ),
    );
  }

  private layer(layer: Layer): void {
    const { op, output } = layer;
    const inputs = layer.inputs.map((edge) => this.tensor(edge));
    const activation = i8(ACTIVATION[layer.activation]);
    switch (op) {
      case "conv":
      case "depthwise": {
        const { window, weight, bias } = layer;
        const { stride, dilation } = window;
        const x = window.scheme === "EXPLICIT" ? this.pad(layer, window) : inputs[0];
        // Groups show in the weight's last axis. LiteRT runs such a convolution as one dispatch, so
        // it is not cut into one a group.
        const operands = [x, this.tensor(weight), this.tensor(bias)];
        const steps = [padding(window), i32(stride[1]), i32(stride[0])];
        if (op === "depthwise") steps.push(i32(1));
        const options = [...steps, activation, i32(dilation[1]), i32(dilation[0])];
        return this.operator(op, operands, output, options);
      }
      case "linear":
        inputs.push(this.tensor(layer.weight), this.tensor(layer.bias));
        return this.operator(op, inputs, output, [activation]);
      case "maxPool":
      case "averagePool": {
        const { window } = layer;
        if (window.scheme === "EXPLICIT") inputs[0] = this.pad(layer, window, LOWEST);
        const sizes = [window.stride[1], window.stride[0], window.kernel[1], window.kernel[0]];
        const options = [padding(window), ...sizes.map(i32), activation];
        return this.operator(op, inputs, output, options);
      }
      case "mean":
        inputs.push(this.integers("mean_axes", [1, 2]));
        return this.operator(op, inputs, output, [u8(1)]);
      case "reshape":
        inputs.push(this.integers(`${output.name}_shape`, output.shape));
        return this.operator(op, inputs, output, [ints(output.shape)]);
      case "softmax":
        return this.operator(op, inputs, output, [f32(1)]);
      case "concat":
        return this.operator(op, inputs, output, [i32(layer.axis), activation]);
      case "activation":
        return this.operator(layer.activation as "relu" | "relu6", inputs, output, []);
      case "add":
      case "mul":
        return this.operator(op, inputs, output, [activation]);
      case "batchNorm":
        return this.batchNorm(layer);
      case "transpose":
        inputs.push(this.integers(`${output.name}_perm`, layer.perm));
        return this.operator(op, inputs, output, []);
      case "split": {
        const axis = this.integers(`${output.name}_axis`, [layer.axis], []);
        const { outputs } = layer;
        return this.operator(op, [axis, ...inputs], outputs, [i32(outputs.length)]);
      }
      case "slice":
        inputs.push(this.integers(`${output.name}_starts`, layer.starts));
        inputs.push(this.integers(`${output.name}_sizes`, layer.sizes));
        return this.operator(op, inputs, output, []);
      case "silu": {
        // As converters write it: there is no operator for it, and engines join the two.
        const gate = { name: `${output.name}_gate`, shape: output.shape };
        this.operator("sigmoid", inputs, gate, []);
        return this.operator("mul", [...inputs, this.tensor(gate)], output, [activation]);
      }
      case "hardSwish":
      case "sigmoid":
        return this.operator(op, inputs, output, []);
    }
  }

  /** A product and a sum, which engines join with their neighbours: there is no operator for it. */
  private batchNorm(layer: Layer & BatchNorm): void {
    const { inputs, output, gamma, beta, mean, variance, epsilon } = layer;
    const { scales, shifts } = scaleAndShift({
      gamma: gamma.data!,
      beta: beta.data!,
      mean: mean.data!,
      variance: variance.data!,
      epsilon,
    });
    const constant = (kind: string, data: Float64Array): number =>
      this.tensor({
        name: `${output.name}_${kind}`,
        shape: gamma.shape,
        data: Float32Array.from(data),
      });
    const product = { name: `${output.name}_product`, shape: output.shape };
    this.operator("mul", [this.tensor(inputs[0]), constant("scale", scales)], product, [i8(0)]);
    const operands = [this.tensor(product), constant("shift", shifts)];
    this.operator("add", operands, output, [i8(ACTIVATION[layer.activation])]);
  }

  /** The padding as a layer of its own, where neither SAME nor VALID says it. @param value or 0 */
  private pad(
    { inputs: [x], output }: Layer,
    { padding: [top, left, bottom, right] }: Window,
    value?: number,
  ): number {
    const [batch, height, width, channels] = x.shape;
    const shape = [batch, height + top + bottom, width + left + right, channels];
    const padded = { name: `${output.name}_padded`, shape };
    const amounts = [0, 0, top, bottom, left, right, 0, 0];
    const operands = [this.tensor(x), this.integers(`${output.name}_padding`, amounts, [4, 2])];
    if (value !== undefined) {
      operands.push(
        this.tensor({ name: `pad_${value}`, shape: [1], data: Float32Array.of(value) }),
      );
    }
    this.operator(value === undefined ? "pad" : "padWith", operands, padded, []);
    return this.tensor(padded);
  }
}

interface IntegerEdge {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

function padding({ scheme }: Window): Item {
  return i8(scheme === "SAME" ? 0 : 1);
}

/** The bytes of a .tflite file with one input and one output. */
export function writeTflite(layers: Layers): Uint8Array {
  return new TfliteWriter().write(layers);
}
