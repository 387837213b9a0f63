/** Small networks as importers leave them, for fusions that the registry's networks have no use for. */
import { type Graph, GraphBuilder, type Value } from "../../src/index.ts";

const CHANNELS = 32;
const SIZE = 56;
const LAYERS = 6;

/** 3 x 3 convolutions, each after a node that pads, as TensorFlow writes them. */
function padded(): Graph {
  return stack("padded", (builder, x, weight) => {
    const sides = { before: [0, 0, 1, 1], after: [0, 0, 1, 1] };
    const y = builder.op("pad", [x], { ...sides, mode: "constant", value: 0 });
    return builder.unary(builder.conv2d(y, weight, null), { kind: "relu" });
  });
}

/** Convolutions with x * relu6(x + 3) / 6 in four nodes, as PyTorch writes hard-swish. */
function patterns(): Graph {
  return stack("patterns", (builder, x, weight) => {
    const y = builder.conv2d(x, weight, null, { padding: [1, 1, 1, 1] });
    const moved = builder.binary("add", y, builder.scalar(3));
    const gate = builder.unary(moved, { kind: "relu6" });
    return builder.binary("div", builder.binary("mul", y, gate), builder.scalar(6));
  });
}

/** 3 x 3 convolutions with efficient channel attention, as PyTorch writes it. */
function channelAttention(): Graph {
  return stack("channelAttention", (builder, x, weight) => {
    const y = builder.conv2d(x, weight, null, { padding: [1, 1, 1, 1] });
    const mean = builder.op("globalAveragePool", [y], {});
    const row = builder.reshape(mean, [1, 1, 1, CHANNELS]);
    const taps = builder.constant({
      shape: [1, 1, 1, 3],
      dtype: "float32",
      data: Float32Array.of(0.5, 1, -0.25),
    });
    const logits = builder.conv2d(row, taps, null, { padding: [0, 1, 0, 1] });
    const gates = builder.unary(logits, { kind: "sigmoid" });
    return builder.binary("mul", y, builder.reshape(gates, [1, CHANNELS, 1, 1]));
  });
}

/** A pyramid of features as FPN has it, enlarged between pixels: each level is added to the one below. */
function pyramid(): Graph {
  const builder = new GraphBuilder("pyramid");
  const conv = (x: Value, kernel: number, stride: number, name: string): Value => {
    const weight = builder.parameter(name, [CHANNELS, x.shape[1], kernel, kernel]);
    const padding = kernel >> 1;
    return builder.conv2d(x, weight, null, {
      stride: [stride, stride],
      padding: [padding, padding, padding, padding],
    });
  };
  const levels = [builder.input("x", [1, CHANNELS, SIZE, SIZE])];
  for (let i = 0; i < 3; i++) levels.push(conv(levels[i], 3, 2, `down${i}`));
  const [top, ...others] = levels.reverse();
  let y = conv(top, 1, 1, "lateral");
  others.forEach((level, i) => {
    const lateral = conv(level, 1, 1, `lateral${i}`);
    const [height, width] = level.shape.slice(2);
    const larger = builder.op("resize", [y], {
      mode: "linear",
      size: [height, width],
      coordinates: "half_pixel",
      rounding: "floor",
    });
    y = builder.binary("add", lateral, larger);
    builder.output(`y${i}`, conv(y, 3, 1, `out${i}`));
  });
  return builder.graph;
}

function stack(
  name: string,
  layer: (builder: GraphBuilder, x: Value, weight: Value) => Value,
): Graph {
  const builder = new GraphBuilder(name);
  let x = builder.input("x", [1, CHANNELS, SIZE, SIZE]);
  for (let i = 0; i < LAYERS; i++) {
    x = layer(builder, x, builder.parameter(`weight${i}`, [CHANNELS, CHANNELS, 3, 3]));
  }
  builder.output("y", x);
  return builder.graph;
}

export const GRAPHS: Readonly<Record<string, () => Graph>> = {
  padded,
  patterns,
  channelAttention,
  pyramid,
};
