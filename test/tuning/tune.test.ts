/** Tuning a model on the device: what is timed, what is kept, and that tuned models compute the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { probeDevice, traitsWith } from "../../src/gpu/probe.ts";
import { FormatError, GraphError } from "../../src/graph/errors.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { load } from "../../src/model.ts";
import type { LoadOptions } from "../../src/model.ts";
import { tune } from "../../src/tune-model.ts";
import { recallTuning } from "../../src/tuning-store.ts";
import { conv, TRAITS } from "../compiler/graphs.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";

const SHAPE = [1, 8, 6, 5];

/** Two equal pointwise convolutions and a depthwise one: two sites. */
function small(): Graph {
  const builder = new GraphBuilder("small");
  let x = builder.input("x", SHAPE);
  for (let i = 0; i < 2; i++) x = builder.unary(conv(builder, x, { out: 8 }), { kind: "sigmoid" });
  const padding = [1, 1, 1, 1] as const;
  builder.output("y", conv(builder, x, { out: 8, kernel: 3, groups: 8, padding }));
  return builder.graph;
}

async function run(options: LoadOptions) {
  const model = await load(small(), { device: await testDevice(), ...options });
  const outputs = await model.run(syntheticInput(SHAPE));
  model.dispose();
  return outputs;
}

const folder = mkdtempSync(join(tmpdir(), "lightfuse-tuning-"));
const before = process.env.LIGHTFUSE_CACHE;

beforeAll(() => {
  process.env.LIGHTFUSE_CACHE = folder;
});

afterAll(() => {
  if (before === undefined) delete process.env.LIGHTFUSE_CACHE;
  else process.env.LIGHTFUSE_CACHE = before;
  rmSync(folder, { recursive: true });
});

describe("tune", { timeout: 300_000, tags: ["slow"] }, () => {
  test("times every variant of each site, and what it chose computes the same", async () => {
    const device = await testDevice();
    const seen: string[] = [];
    const tuning = await tune(small(), {
      device,
      rounds: 1,
      keep: true,
      onSite: ({ site }, done, total) => seen.push(`${done}/${total} ${site}`),
    });
    expect(tuning.sites.map(({ nodes }) => nodes.length).sort()).toEqual([1, 2]);
    expect(seen.map((text) => text.slice(0, 3))).toEqual(["1/2", "2/2"]);
    for (const { site, times } of tuning.sites) {
      expect(times.length).toBeGreaterThan(3);
      expect(times.every(({ ms }) => ms > 0)).toBe(true);
      const least = Math.min(...times.map(({ ms }) => ms));
      expect(times.find(({ ms }) => ms === least)?.variant).toEqual(tuning.choices[site]);
    }
    const plain = await run({});
    expectNear(await run({ tuning }), plain, 1e-5);
    expectNear(await run({ tuning: [tuning] }), plain, 1e-5);
    expectNear(await run({ tuning: true }), plain, 1e-5);
    expect(await recallTuning(device.adapter, "f32")).toEqual(tuning);
    expect(await recallTuning(device.adapter, "f16")).toBeNull();
  });

  test("stops when the budget is spent or the signal says so", async () => {
    const device = await testDevice();
    const { sites, choices } = await tune(small(), { device, budgetMs: 0 });
    expect([sites, choices]).toEqual([[], {}]);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(tune(small(), { device, signal })).rejects.toThrow("enough");
  });

  test("refuses a model without convolutions and linear layers", async () => {
    const builder = new GraphBuilder("relu");
    builder.output("y", builder.unary(builder.input("x", [1, 4]), { kind: "relu" }));
    const device = await testDevice();
    await expect(tune(builder.graph, { device })).rejects.toThrow(
      new GraphError('"relu" has no convolution and no linear layer to choose a kernel for'),
    );
  });
});

test("a table that is none makes no model", async () => {
  await expect(run({ tuning: {} as never })).rejects.toThrow(
    new FormatError('tuning "given": "format" is missing, expected "lightfuse-tuning"'),
  );
});

test("the probe finds what a device is good at, and asks once", { tags: ["slow"] }, async () => {
  const device = await testDevice();
  const costs = await probeDevice(device);
  expect(Object.values(costs).every((ns: number | null) => ns === null || ns > 0)).toBe(true);
  expect(await probeDevice(device)).toBe(costs);
  expect(device.traits).toMatchObject({ costs, software: true });
});

test.each([
  ["a processor", { fma: 0.3, barrier: 50 }, { software: true, integrated: false }],
  ["an integrated GPU", { fma: 0.01, barrier: 0.02 }, { software: false, integrated: true }],
  ["a discrete GPU", { fma: 0.0003, barrier: 0.002 }, { software: false, integrated: false }],
])("costs tell %s", (_, known, expected) => {
  const costs = { load: 1, broadcast: null, dispatch: 5000, ...known };
  expect(traitsWith({ ...TRAITS, software: false }, costs)).toMatchObject({ costs, ...expected });
});
