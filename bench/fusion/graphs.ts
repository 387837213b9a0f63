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

export const GRAPHS: Readonly<Record<string, () => Graph>> = { padded, patterns };
