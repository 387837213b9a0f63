/** Random gates of channels, spelled as files spell them, fused and not, on the GPU. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import type { FusionSwitches } from "../../src/compiler/options.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { conv, dispatchesOf, LOWER_TABLE, numbers } from "../compiler/graphs.ts";
import { differenceOf } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

/** x [N, C, H, W] -> its mean */
type Mean = (b: GraphBuilder, x: Value) => Value;

const MEANS: Readonly<Record<string, Mean>> = {
  pool: (b, x) => b.op("globalAveragePool", [x], {}),
  reduce: (b, x) => b.op("reduce", [x], { kind: "mean", axes: [2, -1], keepDims: true }),
  window: (b, x) => b.averagePool2d(x, { kernel: [x.shape[2], x.shape[3]] }),
  adaptive: (b, x) => b.op("adaptivePool2d", [x], { kind: "average", size: [1, 1] }),
  flat: (b, x) => {
    const rows = b.op("reduce", [x], { kind: "mean", axes: [2, 3], keepDims: false });
    return b.reshape(rows, [...rows.shape, 1, 1]);
  },
};

/** A layer on vectors [N, C, 1, 1] -> [N, out, 1, 1] */
type Layer = (b: GraphBuilder, x: Value, out: number, groups: number) => Value;

const LAYERS: Readonly<Record<string, Layer>> = {
  conv: (b, x, out, groups) => conv(b, x, { out, groups }),
  linear: (b, x, out) => {
    const rows = b.reshape(x, x.shape.slice(0, 2));
    const weight = b.constant(numbers([out, x.shape[1]], { seed: out }));
    const y = b.linear(rows, weight, b.constant(numbers([out], { seed: 7 })));
    return b.reshape(y, [...y.shape, 1, 1]);
  },
};

const ACTIVATIONS = [
  { kind: "relu" },
  { kind: "silu" },
  { kind: "hardSwish" },
  { kind: "hardSigmoid", alpha: 0.2, beta: 0.5 },
] as const;

interface Recipe {
  readonly size: readonly [images: number, channels: number, height: number, width: number];
  readonly squeezed: number;
  readonly mean: string;
  readonly layer: string;
  readonly activation: number;
  /** Branches of which the gates are those; 1 for a squeeze-and-excitation. */
  readonly radix: number;
  readonly cardinality: number;
  /** The mean of the sum of the branches, not the sum of their means. */
  readonly sumFirst: boolean;
  /** The branches are parts of one map. */
  readonly split: boolean;
  /** The branches have an axis of their own, as PyTorch exports them. */
  readonly stacked: boolean;
}

const int = (min: number, max: number) => fc.integer({ min, max });

/** Channels of a group are whole; on a map of one pixel a gate is a layer like others. */
const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    size: fc.tuple(int(1, 3), int(2, 90), int(1, 9), int(2, 9)),
    squeezed: int(1, 40),
    mean: fc.constantFrom(...Object.keys(MEANS)),
    layer: fc.constantFrom(...Object.keys(LAYERS)),
    activation: int(0, ACTIVATIONS.length - 1),
    radix: int(1, 4),
    cardinality: int(1, 2),
    sumFirst: fc.boolean(),
    split: fc.boolean(),
    stacked: fc.boolean(),
  })
  .map((recipe) => {
    if (recipe.radix === 1) return { ...recipe, cardinality: 1 };
    const [images, channels, height, width] = recipe.size;
    const whole = channels + (channels % recipe.cardinality);
    const squeezed = 2 * recipe.squeezed;
    return { ...recipe, squeezed, size: [images, whole, height, width] as const };
  });

function sumOf(b: GraphBuilder, values: readonly Value[]): Value {
  return values.reduce((sum, value) => b.binary("add", sum, value));
}

function parts(b: GraphBuilder, x: Value, count: number): Value[] {
  const size = x.shape[1] / count;
  return Array.from({ length: count }, (_, i) =>
    b.op("slice", [x], { axes: [1], starts: [i * size], sizes: [size], steps: [1] }),
  );
}

/** The branches as [N, R, C, H, W]. */
function stack(b: GraphBuilder, branches: readonly Value[], whole: Value | null): Value {
  const [images, ...rest] = branches[0].shape;
  if (whole) return b.reshape(whole, [images, branches.length, ...rest]);
  return b.concat(branches.map((branch) => b.reshape(branch, [images, 1, ...rest])));
}

function sumOfStack(b: GraphBuilder, stacked: Value): Value {
  return b.op("reduce", [stacked], { kind: "sum", axes: [1], keepDims: false });
}

interface Branches {
  readonly values: readonly Value[];
  /** The map that they are parts of. */
  readonly whole: Value | null;
  /** Their stack, where the graph has one. */
  readonly stacked: Value | null;
}

function branchesOf(b: GraphBuilder, x: Value, { radix, split, ...recipe }: Recipe): Branches {
  const channels = x.shape[1];
  const whole = split ? conv(b, x, { out: radix * channels }) : null;
  const options = { out: channels, groups: channels, kernel: 3, padding: [1, 1, 1, 1] } as const;
  const values = whole
    ? parts(b, whole, radix)
    : Array.from({ length: radix }, (_, i) => conv(b, x, { ...options, name: `branch${i}` }));
  return { values, whole, stacked: recipe.stacked && radix > 1 ? stack(b, values, whole) : null };
}

function meanOf(b: GraphBuilder, branches: Branches, recipe: Recipe): Value {
  const { values, whole, stacked } = branches;
  const mean = MEANS[recipe.mean];
  if (stacked) return mean(b, sumOfStack(b, stacked));
  if (recipe.sumFirst) return mean(b, sumOf(b, values));
  const means = whole
    ? parts(b, mean(b, whole), recipe.radix)
    : values.map((value) => mean(b, value));
  return sumOf(b, means);
}

/** The sum of branches times their gates, or a map times its gate. */
function gated(b: GraphBuilder, x: Value, recipe: Recipe): Value {
  const { radix, cardinality, squeezed } = recipe;
  const channels = x.shape[1];
  const layer = LAYERS[recipe.layer];
  const branches = branchesOf(b, x, recipe);
  const { values, stacked } = branches;
  const vector = layer(b, meanOf(b, branches, recipe), squeezed, cardinality);
  const hidden = b.unary(vector, ACTIVATIONS[recipe.activation]);
  const logits = layer(b, hidden, radix * channels, cardinality);
  if (radix === 1) return b.binary("mul", values[0], b.unary(logits, { kind: "sigmoid" }));
  const weights = radixSoftmax(b, logits, radix, cardinality);
  if (stacked) {
    const gates = b.reshape(weights, [x.shape[0], radix, channels, 1, 1]);
    return sumOfStack(b, b.binary("mul", stacked, gates));
  }
  const gates = parts(b, weights, radix);
  const products = values.map((value, i) => b.binary("mul", value, gates[i]));
  return sumOf(b, products);
}

function radixSoftmax(b: GraphBuilder, logits: Value, radix: number, cardinality: number): Value {
  const [images, channels] = logits.shape;
  const grouped = b.reshape(logits, [images, cardinality, radix, channels / radix / cardinality]);
  const swapped = b.transpose(grouped, [0, 2, 1, 3]);
  // Before or behind the softmax: files have both.
  const gates =
    cardinality > 1
      ? b.op("softmax", [swapped], { axis: 1 })
      : b.transpose(b.op("softmax", [grouped], { axis: 2 }), [0, 2, 1, 3]);
  return b.reshape(gates, logits.shape);
}

const buildRecipe = (recipe: Recipe): Graph =>
  buildGraph({ x: recipe.size }, (b, x) => ({ y: gated(b, x, recipe) }));

async function run(
  graph: Graph,
  x: Tensor,
  fuse: Partial<FusionSwitches>,
  traits: Partial<DeviceTraits> = {},
): Promise<{ y: Tensor; dispatches: string[] }> {
  const device = await testDevice();
  const plan = compile(graph, { ...device.traits, ...traits }, { fuse }, LOWER_TABLE);
  const scheduler = await Scheduler.create(device, plan);
  try {
    const { y } = await scheduler.run(new Map([["x", { kind: "host", data: x.data }]]));
    return { y, dispatches: dispatchesOf(plan) };
  } finally {
    scheduler.dispose();
  }
}

const UNFUSED = { squeezeExcite: false, splitAttention: false };

/** How devices share the work of the kernel. */
const DEVICES: readonly (readonly [string, Partial<DeviceTraits>])[] = [
  ["a CPU", { software: true }],
  ["a GPU", { software: false }],
];

async function compare(recipe: Recipe): Promise<void> {
  const graph = buildRecipe(recipe);
  const x = syntheticInput(recipe.size);
  const { y: expected } = evaluateGraph(graph, { x });
  const unfused = await run(graph, x, UNFUSED);
  for (const [name, traits] of DEVICES) {
    const fused = await run(graph, x, {}, traits);
    expect(fused.dispatches.join(), name).toContain("gate/gate");
    expect(fused.dispatches.join(), name).not.toContain("layout/strided-copy");
    const fromReference = differenceOf(fused.y.data, expected.data);
    expect(fromReference.maxError, name).toBeLessThanOrEqual(1e-4 * fromReference.maxAbs);
    const fromUnfused = differenceOf(fused.y.data, unfused.y.data);
    expect(fromUnfused.maxError, name).toBeLessThanOrEqual(1e-5 * fromUnfused.maxAbs);
  }
}

/** Defines the test, for Node and for Chromium. */
export function defineGateTests(numRuns: number, ...tags: string[]): void {
  const title = "random gates are one kernel and equal what their layers compute";
  test(title, { timeout: 600_000, tags }, async () => {
    await fc.assert(fc.asyncProperty(recipes, compare), { numRuns, seed: 5 });
  });
}
