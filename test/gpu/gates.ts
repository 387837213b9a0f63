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
}

const int = (min: number, max: number) => fc.integer({ min, max });

/** Channels are a multiple of 4 where there are branches: other gates are not fused. */
const recipes: fc.Arbitrary<Recipe> = fc
  .record({
    size: fc.tuple(int(1, 3), int(1, 90), int(1, 9), int(1, 9)),
    squeezed: int(1, 40),
    mean: fc.constantFrom(...Object.keys(MEANS)),
    layer: fc.constantFrom(...Object.keys(LAYERS)),
    activation: int(0, ACTIVATIONS.length - 1),
    radix: int(1, 4),
    cardinality: int(1, 2),
    sumFirst: fc.boolean(),
    split: fc.boolean(),
  })
  .map((recipe) => {
    if (recipe.radix === 1) return { ...recipe, cardinality: 1 };
    const [images, channels, height, width] = recipe.size;
    const whole = 4 * Math.ceil(channels / 4);
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

/** The sum of branches times their gates, or x times its gate. */
function gated(b: GraphBuilder, x: Value, recipe: Recipe): Value {
  const { radix, split, sumFirst, cardinality, squeezed } = recipe;
  const channels = x.shape[1];
  const mean = MEANS[recipe.mean];
  const layer = LAYERS[recipe.layer];
  const whole = split ? conv(b, x, { out: radix * channels }) : null;
  const branches = whole
    ? parts(b, whole, radix)
    : Array.from({ length: radix }, (_, i) =>
        conv(b, x, {
          out: channels,
          groups: channels,
          kernel: 3,
          padding: [1, 1, 1, 1],
          name: `branch${i}`,
        }),
      );
  const means = whole && !sumFirst ? parts(b, mean(b, whole), radix) : null;
  const vector = sumFirst
    ? mean(b, sumOf(b, branches))
    : sumOf(b, means ?? branches.map((branch) => mean(b, branch)));
  const hidden = b.unary(layer(b, vector, squeezed, cardinality), ACTIVATIONS[recipe.activation]);
  const logits = layer(b, hidden, radix * channels, cardinality);
  if (radix === 1) return b.binary("mul", branches[0], b.unary(logits, { kind: "sigmoid" }));
  const gates = parts(b, radixSoftmax(b, logits, radix, cardinality), radix);
  return sumOf(
    b,
    branches.map((branch, i) => b.binary("mul", branch, gates[i])),
  );
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
    const fromReference = differenceOf(fused.y.data, expected.data);
    expect(fromReference.maxError, name).toBeLessThanOrEqual(1e-4 * fromReference.maxAbs);
    const fromUnfused = differenceOf(fused.y.data, unfused.y.data);
    expect(fromUnfused.maxError, name).toBeLessThanOrEqual(1e-5 * fromUnfused.maxAbs);
  }
}

/** Defines the test, for Node and for Chromium. */
export function defineGateTests(numRuns: number): void {
  test("random gates are one kernel and equal what their layers compute", async () => {
    await fc.assert(fc.asyncProperty(recipes, compare), { numRuns, seed: 5 });
  }, 600_000);
}
