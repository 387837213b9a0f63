/** The kernels that only GPUs get, in models: the shared table of cases, and what the compiler fuses. */
// @module-tag slow
import { describe, expect, test } from "vitest";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { buildCase, caseFeeds, CASES } from "../cases.ts";
import { conv, dispatchesOf, TRAITS } from "../compiler/graphs.ts";
import { expectNear } from "./compare.ts";
import { GPU_KERNELS, planWith } from "./gpu-kernels.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

const GPU: DeviceTraits = { ...TRAITS, software: false };

/** Runs a graph with variants of a kernel; returns its dispatches. */
async function expectReference(
  graph: Graph,
  feeds: Readonly<Record<string, Tensor>>,
  kernel: string,
  index: number,
  traits: Partial<DeviceTraits> = {},
): Promise<string[]> {
  const device = await testDevice();
  const plan = planWith(graph, { ...GPU, ...traits }, kernel, index)!;
  const scheduler = await Scheduler.create(device, plan);
  try {
    const inputs = Object.entries(feeds).map(
      ([name, { data }]) => [name, { kind: "host", data }] as const,
    );
    const outputs = await scheduler.run(new Map(inputs));
    expectNear(outputs, evaluateGraph(graph, feeds), 2e-5);
  } finally {
    scheduler.dispose();
  }
  return dispatchesOf(plan);
}

/** Every so many of the cases: each tries another tile. */
const SAMPLE_STEP = 3;

describe.each(GPU_KERNELS)("conv/%s", (kernel) => {
  const size = kernel.startsWith("pointwise") ? 1 : 3;
  const pixels = size >> 1;
  const padding = [pixels, pixels, pixels, pixels] as const;
  const cases = CASES.conv2d
    .map((case_) => ({ case_, graph: buildCase(case_) }))
    .filter(({ graph }) => planWith(graph, GPU, kernel) !== null)
    .filter((_, i) => i % SAMPLE_STEP === 0);

  test.each(cases.map(({ case_, graph }, i) => [case_.name, case_, graph, i] as const))(
    "equals the reference: %s",
    { timeout: 120_000 },
    async (_, case_, graph, index) => {
      const feeds = caseFeeds(case_);
      const dispatches = await expectReference(graph, feeds, kernel, index);
      expect(dispatches.filter((name) => name === `conv/${kernel}`)).toHaveLength(1);
    },
  );

  test("reads x in pieces, gates it, adds to what it stores", async () => {
    const graph = buildGraph({ x: [2, 12, 7, 6] }, (b, x) => {
      const wide = b.unary(conv(b, x, { out: 20 }), { kind: "relu" });
      const half = b.op("slice", [wide], { axes: [1], starts: [8], sizes: [12], steps: [1] });
      const joined = b.op("concat", [half, conv(b, wide, { out: 5 })], { axis: 1 });
      const gate = b.op("globalAveragePool", [joined], {});
      const y = conv(b, b.binary("mul", joined, gate), { out: 12, kernel: size, padding });
      return { y: b.unary(b.binary("add", y, x), { kind: "hardSwish" }) };
    });
    const feeds = { x: syntheticInput([2, 12, 7, 6]) };
    const dispatches = await expectReference(graph, feeds, kernel, 1);
    expect(dispatches.join("; ")).toContain(`mul > conv/${kernel} > add, hardSwish`);
  });

  test("computes on a grid that is folded", async () => {
    const [x, out, most]: [Shape, number, number] = kernel.endsWith("split")
      ? [[1, 33, 13, 11], 60, 12]
      : [[1, 4, 24, 24], 12, 6];
    const graph = buildGraph({ x }, (b, input) => ({ y: conv(b, input, { out, kernel: size }) }));
    const few = { maxWorkgroupsPerDimension: most };
    const [only] = await expectReference(graph, { x: syntheticInput(x) }, kernel, 0, few);
    expect(only).toBe(`conv/${kernel}`);
  });
});
