/** Darknet's layers (AlexeyAB/darknet, `parser.c` and the layer files), each a function of the layers before it. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import { formatShape } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Options } from "./section.ts";

/** What a layer sees: its options, its index, the output of the layer before, and all outputs. */
export interface Layer {
  readonly builder: GraphBuilder;
  readonly options: Options;
  readonly index: number;
  readonly input: Value;
  readonly outputs: readonly Value[];
  /** Added to the variance by every batch norm. */
  readonly epsilon: number;
}

export type LayerFunction = (layer: Layer) => Value;

const ACTIVATIONS: Readonly<Record<string, UnaryAttributes | null>> = {
  linear: null,
  relu: { kind: "relu" },
  relu6: { kind: "relu6" },
  leaky: { kind: "leakyRelu", negativeSlope: 0.1 },
  logistic: { kind: "sigmoid" },
  mish: { kind: "mish" },
  swish: { kind: "silu" },
  tanh: { kind: "tanh" },
  elu: { kind: "elu", alpha: 1 },
};

function activate({ builder, options, index }: Layer, x: Value, missing = "linear"): Value {
  const name = options.text("activation", missing);
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (activation === undefined) {
    const known = Object.keys(ACTIVATIONS).join(", ");
    options.fail(`activation "${name}" is not supported, expected ${known}`);
  }
  return activation ? builder.unary(x, activation, `${index}.${name}`) : x;
}

/** Parameters in the order in which a weights file holds them. */
function parameters({ builder, index }: Layer, names: Readonly<Record<string, Shape>>): Value[] {
  return Object.entries(names).map(([name, shape]) => builder.parameter(`${index}.${name}`, shape));
}

/** The layer of an option such as `from=-3`: negative numbers count back from this layer. */
function layerAt({ options, index, outputs }: Layer, given: number, option: string): Value {
  const at = given < 0 ? index + given : given;
  return outputs.at(at >= 0 ? at : index) ?? options.fail(`${option}=${given}: no such layer`);
}

/** The window's pixels before: on one side; by default as many as keep the size. */
function paddingOf(options: Options, size: number): number {
  return options.number("pad", 0) ? Math.floor(size / 2) : options.integer("padding", 0);
}

const convolutional: LayerFunction = (layer) => {
  const { builder, options, index, input } = layer;
  const filters = options.integer("filters", 1, 1);
  const size = options.integer("size", 1, 1, 1024);
  const groups = options.integer("groups", 1, 1);
  const stride = options.integer("stride", 1, 1);
  const dilation = options.integer("dilation", 1, 1);
  const padding = paddingOf(options, size) * dilation;
  const attributes = {
    stride: [options.integer("stride_y", stride, 1), options.integer("stride_x", stride, 1)],
    padding: [padding, padding, padding, padding],
    dilation: [dilation, dilation],
    groups,
  } as const;
  const kernel: Shape = [filters, input.shape[1] / groups, size, size];
  if (!Number.isInteger(kernel[1])) {
    options.fail(`groups=${groups} does not divide the input's ${input.shape[1]} channels`);
  }
  const channels: Shape = [filters];
  if (options.number("batch_normalize", 0) === 0) {
    const [bias, weight] = parameters(layer, { bias: channels, weight: kernel });
    return activate(layer, builder.conv2d(input, weight, bias, attributes, `${index}`), "logistic");
  }
  const [bias, scale, mean, variance, weight] = parameters(layer, {
    "bn.bias": channels,
    "bn.weight": channels,
    "bn.running_mean": channels,
    "bn.running_var": channels,
    weight: kernel,
  });
  const convolved = builder.conv2d(input, weight, null, attributes, `${index}`);
  const statistics = [convolved, scale, bias, mean, variance];
  const normed = builder.op("batchNorm", statistics, { epsilon: layer.epsilon }, `${index}.bn`);
  return activate(layer, normed, "logistic");
};

/** Fully connected; the output is an image of one pixel. */
const connected: LayerFunction = (layer) => {
  const { builder, options, index, input } = layer;
  if (options.number("batch_normalize", 0)) options.fail("batch_normalize is not supported here");
  const outFeatures = options.integer("output", 1, 1, 2 ** 20);
  const features = input.shape.slice(1).reduce((product, size) => product * size, 1);
  const [bias, weight] = parameters(layer, {
    bias: [outFeatures],
    weight: [outFeatures, features],
  });
  const flat = builder.reshape(input, [input.shape[0], features], `${index}.flatten`);
  const y = activate(layer, builder.linear(flat, weight, bias, `${index}`), "logistic");
  return builder.reshape(y, [input.shape[0], outFeatures, 1, 1], `${index}.image`);
};

/** The padding is a total, its smaller half above and left; nothing but real pixels counts. */
const maxpool: LayerFunction = ({ builder, options, index, input }) => {
  if (options.has("maxpool_depth")) options.fail("maxpool_depth is not supported");
  const stride = options.integer("stride", 1, 1);
  const size = options.integer("size", stride, 1, 1024);
  const total = options.integer("padding", size - 1);
  const before = Math.floor(total / 2);
  const after = (axis: number): number => {
    const pixels = input.shape[axis];
    const pooled = Math.floor((pixels + total - size) / stride) + 1;
    return Math.max(0, (pooled - 1) * stride + size - pixels - before);
  };
  return builder.maxPool2d(
    input,
    {
      kernel: [size, size],
      stride: [stride, stride],
      padding: [before, before, after(2), after(3)],
    },
    `${index}`,
  );
};

const avgpool: LayerFunction = ({ builder, index, input }) =>
  builder.op("globalAveragePool", [input], {}, `${index}`);

const upsample: LayerFunction = ({ builder, options, index, input }) => {
  const stride = options.integer("stride", 2, 1, 64);
  const [, , height, width] = input.shape;
  const attributes = {
    mode: "nearest",
    size: [height * stride, width * stride],
    coordinates: "asymmetric",
    rounding: "floor",
  } as const;
  return builder.op("resize", [input], attributes, `${index}`);
};

function slice(layer: Layer, x: Value, axis: number, start: number, size: number): Value {
  const attributes = { axes: [axis], starts: [start], sizes: [size], steps: [1] };
  return layer.builder.op(
    "slice",
    [x],
    attributes,
    `${layer.index}.slice_${layer.builder.graph.nodes.length}`,
  );
}

/** Concatenates layers, or one of `groups` equal parts of each. */
const route: LayerFunction = (layer) => {
  const { builder, options, index } = layer;
  const groups = options.integer("groups", 1, 1);
  const group = options.integer("group_id", 0, 0, groups - 1);
  const parts = options.integers("layers").map((given) => {
    const x = layerAt(layer, given, "layers");
    const channels = x.shape[1] / groups;
    if (!Number.isInteger(channels)) {
      options.fail(`groups=${groups} does not divide the ${x.shape[1]} channels of layer ${given}`);
    }
    return groups === 1 ? x : slice(layer, x, 1, group * channels, channels);
  });
  if (parts.length === 0) options.fail("layers is missing");
  return parts.length === 1 ? parts[0] : builder.concat(parts, 1, `${index}`);
};

/**
 * Adds an earlier layer. Of a larger image every second (third ...) pixel counts; where the channel
 * counts differ only the first ones are added.
 */
const shortcut: LayerFunction = (layer) => {
  const { builder, options, index, input } = layer;
  if (options.text("weights_type", "none") !== "none")
    options.fail("weights_type is not supported");
  const [from, ...more] = options.integers("from");
  if (from === undefined || more.length > 0) options.fail("from is not one layer");
  let x = layerAt(layer, from, "from");
  const steps = [2, 3].map((axis) => x.shape[axis] / input.shape[axis]);
  if (steps[0] !== steps[1] || !Number.isInteger(steps[0])) {
    options.fail(
      `from=${from}: ${formatShape(x.shape)} cannot be added to ${formatShape(input.shape)}`,
    );
  }
  if (steps[0] > 1) {
    const [height, width] = input.shape.slice(2);
    const attributes = { axes: [2, 3], starts: [0, 0], sizes: [height, width], steps };
    x = builder.op("slice", [x], attributes, `${index}.stride`);
  }
  const [channels, others] = [input.shape[1], x.shape[1]];
  const least = Math.min(channels, others);
  if (others > least) x = slice(layer, x, 1, 0, least);
  const first = channels > least ? slice(layer, input, 1, 0, least) : input;
  const sum = builder.binary("add", first, x, `${index}`);
  const whole =
    channels > least
      ? builder.concat([sum, slice(layer, input, 1, least, channels - least)], 1, `${index}.rest`)
      : sum;
  return activate(layer, whole);
};

/** An earlier layer times this one's input, a gate of one pixel. */
const scaleChannels: LayerFunction = (layer) => {
  const { builder, options, index, input } = layer;
  const x = layerAt(layer, options.integer("from", -1, -65_536), "from");
  return activate(layer, builder.binary("mul", x, input, `${index}`));
};

const same: LayerFunction = ({ input }) => input;

/** By name of the section; heads are in `network.ts`. */
export const LAYERS: Readonly<Record<string, LayerFunction>> = {
  convolutional,
  connected,
  maxpool,
  avgpool,
  upsample,
  route,
  shortcut,
  scale_channels: scaleChannels,
  dropout: same,
  cost: same,
};
