/** What is computed where it is read equals what is computed before, for every reader and expression. */
// @module-tag slow
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { ALL_FUSIONS } from "../../src/compiler/options.ts";
import type { Goal } from "../../src/compiler/options.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { conv, dispatchesOf, LOWER_TABLE, numbers } from "../compiler/graphs.ts";
import { differenceOf } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

type Make = (b: GraphBuilder, x: Value) => Value;

const NONE = Object.fromEntries(Object.keys(ALL_FUSIONS).map((name) => [name, false]));

const channelwise = (b: GraphBuilder, x: Value, seed: number): Value =>
  b.constant(numbers([x.shape[1], 1, 1], { seed }));
const relu: Make = (b, x) => b.unary(x, { kind: "relu" });
const gateOf: Make = (b, x) => b.op("globalAveragePool", [x], {});
/** A value of the shape of x, which others read too, so that it is stored. */
const neighbour: Make = (b, x) =>
  b.maxPool2d(x, { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] });
const enlarge = (b: GraphBuilder, x: Value, [h, w]: readonly [number, number]): Value =>
  b.op("resize", [x], {
    mode: "nearest",
    size: [x.shape[2] * h, x.shape[3] * w],
    coordinates: "asymmetric",
    rounding: "floor",
  });
type Coordinates = "half_pixel" | "align_corners" | "asymmetric";
const between = (
  b: GraphBuilder,
  x: Value,
  [h, w]: readonly [number, number],
  coordinates: Coordinates,
): Value =>
  b.op("resize", [x], {
    mode: "linear",
    size: [x.shape[2] * h, x.shape[3] * w],
    coordinates,
    rounding: "floor",
  });
const shift: Make = (b, x) => b.op("shift", [x], { kernel: 3, dilation: 1 });

const EXPRESSIONS: Readonly<Record<string, Make>> = {
  affine: (b, x) => {
    const scaled = b.binary("mul", x, channelwise(b, x, 1));
    return relu(b, b.binary("add", scaled, channelwise(b, x, 2)));
  },
  gate: (b, x) => b.binary("mul", x, gateOf(b, x)),
  sum: (b, x) => {
    const other = neighbour(b, x);
    b.output("other", other);
    return b.binary("add", x, other);
  },
  "sum of three": (b, x) => {
    const [one, two] = [neighbour(b, x), shift(b, x)];
    b.output("one", one);
    b.output("two", two);
    return b.binary("add", b.binary("sub", x, one), two);
  },
  "gated sum": (b, x) => {
    const other = neighbour(b, x);
    const gated = b.binary("mul", other, gateOf(b, other));
    return b.binary("add", b.binary("mul", x, gateOf(b, x)), gated);
  },
  enlargement: (b, x) => enlarge(b, x, [2, 3]),
  "sum with an enlargement": (b, x) => {
    const small = b.op("adaptivePool2d", [x], { kind: "max", size: [1, 1] });
    return b.binary("add", x, enlarge(b, small, [x.shape[2], x.shape[3]]));
  },
  "bilinear enlargement": (b, x) => between(b, x, [3, 2], "half_pixel"),
  "bilinear enlargement that keeps corners": (b, x) => between(b, x, [2, 1], "align_corners"),
  "sum with a bilinear enlargement": (b, x) => {
    const sized = between(b, x, [2, 3], "asymmetric");
    return b.binary("add", relu(b, sized), between(b, neighbour(b, x), [2, 3], "align_corners"));
  },
  "convolution plus a bilinear enlargement": (b, x) => {
    const lateral = conv(b, enlarge(b, x, [2, 2]), { out: x.shape[1], name: "lateral" });
    return b.binary("add", relu(b, lateral), between(b, x, [2, 2], "half_pixel"));
  },
  shift,
};

const window = (kernel: number, stride = 1) => ({
  kernel: [kernel, kernel] as const,
  stride: [stride, stride] as const,
  padding: [1, 1, 1, 1] as const,
});

const READERS: Readonly<Record<string, Make>> = {
  pointwise: (b, x) => conv(b, x, { out: 9 }),
  "1x1 of stride 2": (b, x) => conv(b, x, { out: 5, stride: [2, 2] }),
  direct: (b, x) => conv(b, x, { out: 9, kernel: 3, padding: [1, 1, 1, 1] }),
  grouped: (b, x) =>
    conv(b, x, { out: x.shape[1] * 2, kernel: 3, groups: x.shape[1], padding: [0, 1, 2, 1] }),
  "depthwise rows": (b, x) =>
    conv(b, x, { out: x.shape[1], kernel: 3, groups: x.shape[1], padding: [1, 1, 1, 1] }),
  depthwise: (b, x) =>
    conv(b, x, {
      out: x.shape[1],
      kernel: 3,
      groups: x.shape[1],
      padding: [2, 2, 2, 2],
      dilation: [2, 2],
    }),
  "max pool": (b, x) => b.maxPool2d(x, window(3, 2)),
  "average pool": (b, x) => b.averagePool2d(x, window(3, 2)),
  "adaptive pool": (b, x) => b.op("adaptivePool2d", [x], { kind: "average", size: [2, 3] }),
  "global pool": gateOf,
  "bilinear resize": (b, x) =>
    b.op("resize", [x], {
      mode: "linear",
      size: [x.shape[2] + 2, x.shape[3] * 2],
      coordinates: "half_pixel",
      rounding: "floor",
    }),
  "two convolutions": (b, x) => {
    b.output("first", conv(b, x, { out: 3 }));
    return conv(b, x, { out: 6, kernel: 3, padding: [1, 1, 1, 1] });
  },
};

interface Setting {
  readonly expression: string;
  readonly reader: string;
  readonly shape: Shape;
}

const graphOf = ({ expression, reader, shape }: Setting): Graph =>
  buildGraph({ x: shape }, (b, x) => {
    // Stored, and read by several.
    const stored = conv(b, x, { out: shape[1] });
    return { y: READERS[reader](b, EXPRESSIONS[expression](b, stored)), stored };
  });

async function run(plan: Plan, x: Tensor): Promise<Record<string, Tensor>> {
  const scheduler = await Scheduler.create(await testDevice(), plan);
  try {
    return await scheduler.run(new Map([["x", { kind: "host", data: x.data }]]));
  } finally {
    scheduler.dispose();
  }
}

async function compare(graph: Graph): Promise<void> {
  const { traits } = await testDevice();
  const x = syntheticInput(graph.inputs[0].shape);
  const expected = evaluateGraph(graph, { x });
  const plans = (["dispatches", "time"] as const).map((goal: Goal) =>
    compile(graph, traits, { goal }, LOWER_TABLE),
  );
  const unfused = await run(compile(graph, traits, { fuse: NONE }, LOWER_TABLE), x);
  for (const plan of plans) {
    const fused = await run(plan, x);
    for (const [name, { data }] of Object.entries(expected)) {
      const scale = Math.max(...data.map(Math.abs), 1e-6);
      const from = (other: Tensor) => differenceOf(fused[name].data, other.data).maxError / scale;
      const what = `${name} of ${dispatchesOf(plan).join("; ")}`;
      expect(from(expected[name]), `${what}, from the reference`).toBeLessThanOrEqual(1e-4);
      expect(from(unfused[name]), `${what}, from the unfused`).toBeLessThanOrEqual(1e-5);
    }
  }
}

const pairs = Object.keys(EXPRESSIONS).flatMap((expression) =>
  Object.keys(READERS).map((reader) => [expression, reader] as const),
);

describe("is as before where it is read:", () => {
  test.each(pairs)("%s by %s", { timeout: 120_000 }, (expression, reader) =>
    compare(graphOf({ expression, reader, shape: [2, 6, 5, 7] })),
  );
});

const settings = fc.record({
  expression: fc.constantFrom(...Object.keys(EXPRESSIONS)),
  reader: fc.constantFrom(...Object.keys(READERS)),
  shape: fc.tuple(
    fc.integer({ min: 1, max: 2 }),
    fc.integer({ min: 1, max: 11 }),
    fc.integer({ min: 3, max: 9 }),
    fc.integer({ min: 3, max: 9 }),
  ),
});

test("random sizes make no difference", { timeout: 600_000, tags: ["slow"] }, () =>
  fc.assert(
    fc.asyncProperty(settings, (setting) => compare(graphOf(setting))),
    { numRuns: 25, seed: 3 },
  ),
);
