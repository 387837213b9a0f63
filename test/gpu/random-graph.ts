/** Random small networks for property tests: a recipe of numbers that any prefix of also builds. */
import fc from "fast-check";
import type { UnaryAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sameShape, sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";

/** One layer: which, on which earlier values, and numbers for its parameters. */
interface Layer {
  readonly kind: keyof typeof LAYERS;
  readonly a: number;
  readonly b: number;
  readonly p: number;
  readonly q: number;
}

export interface Recipe {
  readonly input: Shape;
  readonly layers: readonly Layer[];
  /** Values that are outputs beside the last one. */
  readonly outputs: readonly number[];
}

class Network {
  readonly builder = new GraphBuilder("random");
  /** Values [N, C, H, W] that layers may read. */
  readonly values: Value[] = [];
  private numbers = 0;

  tensor(shape: Shape, scale: number, shift = 0): Tensor {
    const data = new Float32Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      data[i] = shift + scale * syntheticNumber(this.numbers++);
    }
    return { shape, dtype: "float32", data };
  }

  constant(shape: Shape, scale: number, shift = 0): Value {
    return this.builder.constant(this.tensor(shape, scale, shift));
  }

  scalar(value: number): Value {
    const data = Float32Array.of(value);
    return this.builder.constant({ shape: [], dtype: "float32", data });
  }

  conv(x: Value, out: number, { kernel = 1, stride = 1, groups = 1, bias = true } = {}): Value {
    const ins = x.shape[1] / groups;
    const weight = this.constant([out, ins, kernel, kernel], Math.sqrt(3 / (ins * kernel ** 2)));
    const pixels = kernel >> 1;
    return this.builder.conv2d(x, weight, bias ? this.constant([out], 0.1) : null, {
      stride: [stride, stride],
      padding: [pixels, pixels, pixels, pixels],
      groups,
    });
  }

  normalise(x: Value): Value {
    const channels = [x.shape[1]];
    const [scale, shift, mean] = [0.5, 0.2, 0.2].map((range, i) =>
      this.constant(channels, range, i === 0 ? 1 : 0),
    );
    const variance = this.constant(channels, 0.4, 1);
    return this.builder.op("batchNorm", [x, scale, shift, mean, variance], { epsilon: 1e-5 });
  }
}

const UNARY: readonly UnaryAttributes[] = [
  { kind: "relu" },
  { kind: "relu6" },
  { kind: "hardSwish" },
  { kind: "sigmoid" },
  { kind: "silu" },
  { kind: "leakyRelu", negativeSlope: 0.1 },
  { kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 },
  { kind: "clamp", min: -0.5, max: 1 },
  { kind: "exp" },
  { kind: "tanh" },
];

const BINARY = ["add", "sub", "mul", "maximum", "minimum"] as const;

type Make = (net: Network, a: Value, b: Value, layer: Layer) => Value;

const pick = <T>(list: readonly T[], index: number): T => list[index % list.length];

/** x * relu6(x + 3) / 6 in the spellings of files. */
function spellHardSwish(net: Network, x: Value, spelling: number): Value {
  const { builder } = net;
  const gate = builder.unary(builder.binary("add", x, net.scalar(3)), { kind: "relu6" });
  switch (spelling % 3) {
    case 0:
      return builder.binary("div", builder.binary("mul", x, gate), net.scalar(6));
    case 1:
      return builder.binary("mul", x, builder.binary("mul", gate, net.scalar(1 / 6)));
    default:
      return builder.binary("mul", builder.binary("mul", x, net.scalar(1 / 6)), gate);
  }
}

const LAYERS = {
  pointwise: (net, a, _b, { p }) => net.conv(a, 1 + (p % 11), { bias: p % 2 === 0 }),
  dense: (net, a, _b, { p, q }) => net.conv(a, 1 + (p % 9), { kernel: 3, stride: 1 + (q % 2) }),
  depthwise: (net, a, _b, { p }) =>
    net.conv(a, a.shape[1], { kernel: 3, stride: 1 + (p % 2), groups: a.shape[1] }),
  inverted: (net, a, _b, { p, q }) => {
    const wide = net.conv(a, 2 + (p % 9), { bias: p % 2 === 0 });
    const expanded = p % 3 ? net.builder.unary(wide, pick(UNARY, q)) : wide;
    const groups = wide.shape[1];
    return net.conv(expanded, groups, { kernel: q % 3 ? 3 : 5, stride: 1 + (q % 2), groups });
  },
  ghost: (net, a, _b, { p, q }) => {
    const { builder } = net;
    const first = net.conv(a, 2 + (p % 5));
    const primary = p % 2 ? builder.unary(first, pick(UNARY, q)) : first;
    const groups = first.shape[1];
    return builder.concat([primary, net.conv(primary, groups, { kernel: 3, groups })]);
  },
  grouped: (net, a, _b, { p }) =>
    a.shape[1] % 2 ? a : net.conv(a, 2 * (1 + (p % 5)), { kernel: 3, groups: 2 }),
  batchNorm: (net, a) => net.normalise(a),
  unary: (net, a, _b, { p }) => net.builder.unary(a, pick(UNARY, p)),
  hardSwish: (net, a, _b, { p }) => spellHardSwish(net, a, p),
  swish: (net, a) => net.builder.binary("mul", a, net.builder.unary(a, { kind: "sigmoid" })),
  binary: (net, a, b, { p }) =>
    sameShape(a.shape, b.shape) ? net.builder.binary(pick(BINARY, p), a, b) : a,
  residual: (net, a, _b, { p }) => {
    const y = net.normalise(net.conv(a, a.shape[1], { kernel: p % 2 ? 3 : 1 }));
    const sum = p % 3 ? net.builder.binary("add", y, a) : net.builder.binary("add", a, y);
    return p % 5 ? sum : net.builder.unary(sum, { kind: "relu" });
  },
  affine: (net, a, _b, { p }) => {
    const shape = p % 3 ? [1, a.shape[1], 1, 1] : [];
    const scaled = net.builder.binary("mul", a, net.constant(shape, 0.5, 1));
    return p % 2 ? scaled : net.builder.binary("add", net.constant(shape, 0.5), scaled);
  },
  gate: (net, a, _b, { p, q }) => {
    const { builder } = net;
    const pooled = builder.op("globalAveragePool", [a], {});
    const squeezed = builder.unary(net.conv(pooled, 1 + (p % 5)), { kind: "relu" });
    const scale = builder.unary(net.conv(squeezed, a.shape[1]), pick(UNARY, 3 + (q % 4)));
    return q % 2 ? builder.binary("mul", a, scale) : builder.binary("mul", scale, a);
  },
  maxPool: (net, a, _b, { p }) =>
    net.builder.maxPool2d(a, { kernel: [3, 3], stride: [1 + (p % 2), 1], padding: [1, 1, 1, 1] }),
  averagePool: (net, a, _b, { p }) =>
    net.builder.averagePool2d(a, {
      kernel: [2, 2],
      stride: [1, 1],
      padding: [1, 0, 0, 1],
      countIncludePad: p % 2 === 0,
    }),
  concat: (net, a, b, { p }) => {
    const fits = [0, 2, 3].every((axis) => a.shape[axis] === b.shape[axis]);
    const values = fits ? [a, b] : [a, a];
    return net.builder.concat(p % 3 ? values : [...values, a]);
  },
  slice: (net, a, _b, { p, q }) => {
    const start = (p % 3 ? 4 * p : p) % a.shape[1];
    const sizes = [1 + (q % (a.shape[1] - start))];
    return net.builder.op("slice", [a], { axes: [1], starts: [start], sizes, steps: [1] });
  },
  shuffle: (net, a) => {
    const [n, c, h, w] = a.shape;
    if (c % 2) return a;
    const parts = net.builder.reshape(a, [n, 2, c / 2, h, w]);
    const swapped = net.builder.transpose(parts, [0, 2, 1, 3, 4]);
    return net.builder.reshape(swapped, a.shape);
  },
  pad: (net, a, _b, { p }) => {
    const attributes = { before: [0, 0, 1, 0], after: [0, 0, 0, p % 2], mode: "constant" } as const;
    return net.builder.op("pad", [a], { ...attributes, value: p % 3 ? 0 : 0.5 });
  },
  prelu: (net, a) => net.builder.op("prelu", [a, net.constant([a.shape[1], 1, 1], 0.3)], {}),
  softmax: (net, a, _b, { p }) => net.builder.op("softmax", [a], { axis: 1 + (p % 3) }),
  reduce: (net, a, _b, { p }) => {
    const axes = pick([[1], [2, 3], [3], [0, 2]], p);
    const mean = net.builder.op("reduce", [a], { kind: "mean", axes, keepDims: true });
    return p % 2 ? net.builder.binary("sub", a, mean) : mean;
  },
  channelsLast: (net, a, _b, { p, q }) => {
    const { builder } = net;
    const last = builder.transpose(a, [0, 2, 3, 1]);
    const vector = net.constant(pick([[a.shape[1]], [a.shape[3], 1], [a.shape[2], 1, 1]], p), 1);
    const scaled = builder.binary(pick(BINARY, q), last, vector);
    return builder.transpose(builder.unary(scaled, pick(UNARY, p)), [0, 3, 1, 2]);
  },
  flatten: (net, a, _b, { p }) => {
    const { builder } = net;
    const [n, c, h, w] = a.shape;
    const rows = builder.reshape(a, p % 2 ? [n, c * h * w] : [n, c, h * w]);
    return builder.reshape(builder.unary(rows, pick(UNARY, p)), a.shape);
  },
  head: (net, a, _b, { p }) => {
    const { builder } = net;
    const [n, c, h, w] = a.shape;
    const out = 1 + (p % 7);
    const weight = net.constant([out, c * h * w], Math.sqrt(3 / (c * h * w)));
    const rows = builder.reshape(a, [n, c * h * w]);
    const y = builder.unary(builder.linear(rows, weight, net.constant([out], 0.1)), pick(UNARY, p));
    return builder.reshape(y, [n, out, 1, 1]);
  },
  where: (net, a, b) => {
    const other = sameShape(a.shape, b.shape) ? b : net.constant([a.shape[1], 1, 1], 1);
    const condition = net.builder.binary("greater", a, other);
    return net.builder.op("where", [condition, other, a], {});
  },
  broadcast: (net, a, _b, { p, q }) => {
    const [n, c, h, w] = a.shape;
    const shape = pick(
      [[n, 1, 1, 1], [1, 1, h, w], [n, c, 1, 1], [1, c, h, 1], [w], [1, 1, 1, 1]],
      p,
    );
    return net.builder.binary(pick(BINARY, q), a, net.constant(shape, 1));
  },
  resize: (net, a) =>
    net.builder.op("resize", [a], {
      mode: "nearest",
      size: [a.shape[2] + 2, 2 * a.shape[3]],
      coordinates: "asymmetric",
      rounding: "floor",
    }),
} satisfies Record<string, Make>;

/** The graph of a recipe. Its one input is called x. */
export function buildRecipe({ input, layers, outputs }: Recipe): Graph {
  const net = new Network();
  const { builder, values } = net;
  values.push(builder.input("x", input));
  for (const layer of layers) {
    const a = values[Math.max(0, values.length - 1 - (layer.a % 3))];
    const make: Make = LAYERS[layer.kind];
    const y = make(net, a, pick(values, layer.b), layer);
    // Sizes stay small, so that a wrong dispatch is found in milliseconds.
    if (sizeOf(y.shape) <= 6000) values.push(y);
  }
  const chosen = new Set([...outputs.map((index) => pick(values, index)), values.at(-1)!]);
  [...chosen].forEach((value, i) => builder.output(`y${i}`, value));
  return builder.graph;
}

const number = fc.nat({ max: 59 });

const size = (min: number, max: number) => fc.integer({ min, max });

type Kind = Layer["kind"];

/** Layers of these kinds on an image of up to 2 x `channels` x 8 x 8. */
export function recipesOf(
  kinds: readonly Kind[],
  { layers = 9, channels = 9 } = {},
): fc.Arbitrary<Recipe> {
  const kind = fc.constantFrom(...kinds);
  const layer = fc.record({ kind, a: number, b: number, p: number, q: number });
  return fc.record({
    input: fc.tuple(size(1, 2), size(1, channels), size(2, 8), size(2, 8)),
    layers: fc.array(layer, { minLength: 1, maxLength: layers }),
    outputs: fc.array(number, { maxLength: 2 }),
  });
}

/** Up to 9 layers of any kind. */
export const recipes = recipesOf(Object.keys(LAYERS) as Kind[]);
