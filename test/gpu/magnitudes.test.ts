/** What is found of the values of a run, and that `precision: "auto"` is f32 where there are no 16-bit floats. */
import { describe, expect, test } from "vitest";
import { Magnitudes } from "../../src/gpu/magnitudes.ts";
import type { Magnitude } from "../../src/gpu/magnitudes.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { InputSource } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { planGraph } from "../../src/plan-graph.ts";
import { numbers } from "../compiler/graphs.ts";
import { toBuffer } from "./port-graphs.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph, convolution } from "./small-models.ts";

type Feeds = Readonly<Record<string, Tensor>>;

const greatest = ({ data }: Tensor): number =>
  Math.max(...[...data].map((value) => Math.abs(value)));

/** Runs that share one `Magnitudes`, and what each of them stored, by name. */
async function lookAt(
  graph: Graph,
  runs: readonly Feeds[],
  kind: "host" | "buffer" = "host",
): Promise<Record<string, number>[]> {
  const device = await testDevice();
  const { plan } = await planGraph(graph, device);
  const scheduler = await Scheduler.create(device, plan);
  const magnitudes = await Magnitudes.create(scheduler);
  const results: Record<string, number>[] = [];
  for (const feeds of runs) {
    const sources = Object.entries(feeds).map(([name, tensor]): [string, InputSource] => [
      name,
      kind === "host" ? { kind, data: tensor.data } : { kind, buffer: toBuffer(device, tensor) },
    ]);
    await scheduler.run(new Map(sources), { watch: magnitudes.watch() });
    for (const [, { buffer }] of sources) buffer?.destroy();
    const found = await magnitudes.read();
    results.push(
      Object.fromEntries(found.filter(wasStored).map((one) => [nameOf(one), one.greatest])),
    );
  }
  magnitudes.destroy();
  scheduler.dispose();
  return results;
}

const wasStored = (one: Magnitude): boolean => one.greatest !== 0;
const nameOf = ({ kind, value }: Magnitude): string =>
  kind === "value" ? value : `${kind} ${value}`;

describe("the magnitudes of a run", () => {
  const graph = buildGraph({ x: [2, 3, 5, 4] }, (b, x) => {
    const weight = b.constant(numbers([6, 3, 1, 1], { scale: 3 }));
    const pooled = b.maxPool2d(x, { kernel: [2, 2] }, "pooled");
    return { y: b.conv2d(pooled, weight, null, {}, "y") };
  });
  const x = numbers([2, 3, 5, 4], { seed: 1, scale: 50 });

  test.each(["host", "buffer"] as const)(
    "are those of each value, input from the %s",
    async (kind) => {
      const model = await load(graph, { device: await testDevice() });
      const { y } = await model.run(x);
      model.dispose();
      const [found] = await lookAt(graph, [{ x }], kind);
      expect(found).toMatchObject({ "input x": greatest(x), y: greatest(y) });
      expect(found["weights weights"]).toBe(greatest(numbers([6, 3, 1, 1], { scale: 3 })));
      expect(found.pooled).toBeLessThanOrEqual(greatest(x));
      expect(found.pooled).toBeGreaterThan(greatest(x) / 2);
    },
  );

  test("are found anew in each run", async () => {
    const small = numbers([2, 3, 5, 4], { seed: 1, scale: 0.5 });
    const [first, second] = await lookAt(graph, [{ x }, { x: small }]);
    expect(first["input x"]).toBe(greatest(x));
    expect(second["input x"]).toBe(greatest(small));
    expect(second.y).toBeCloseTo(first.y / 100, 3);
  });

  test("leave out lanes without a channel", async () => {
    // A million in those.
    const shifted = buildGraph({ x: [1, 5, 3, 3] }, (b, value) => {
      const pooled = b.maxPool2d(value, { kernel: [1, 1] });
      const sum = b.binary("add", pooled, b.scalar(1000));
      return { y: b.unary(sum, { kind: "square" }, "y") };
    });
    const low = numbers([1, 5, 3, 3], { shift: -1000 });
    const [{ y }] = await lookAt(shifted, [{ x: low }]);
    expect(y).toBeLessThan(2);
    expect(y).toBeGreaterThan(0);
  });

  test("leave out what lies beside a slot of a concatenation", async () => {
    const joined = buildGraph({ x: [2, 4, 3, 2], z: [2, 8, 3, 2] }, (b, first, second) => {
      const a = b.unary(first, { kind: "neg" }, "a");
      const c = b.unary(second, { kind: "neg" }, "c");
      return { y: b.maxPool2d(b.concat([a, c]), { kernel: [2, 2] }, "y") };
    });
    const feeds = { x: numbers([2, 4, 3, 2]), z: numbers([2, 8, 3, 2], { scale: 100 }) };
    const [first, second] = await lookAt(joined, [feeds, feeds]);
    expect(second).toEqual(first);
    expect(first.y).toBeGreaterThan(10);
    for (const [name, tensor] of [
      ["a", feeds.x],
      ["c", feeds.z],
    ] as const) {
      if (name in first) expect(first[name]).toBe(greatest(tensor));
    }
  });

  test("are infinity and NaN where a value holds them", async () => {
    const same = buildGraph({ x: [1, 3] }, (b, value) => ({
      y: b.unary(value, { kind: "square" }, "y"),
    }));
    const holding = (value: number): Feeds => ({
      x: { shape: [1, 3], dtype: "float32", data: Float32Array.of(1, value, 2) },
    });
    const results = await lookAt(same, [-Infinity, NaN, 1e30, 3].map(holding));
    expect(results.map(({ y }) => y)).toEqual([Infinity, NaN, Infinity, 9]);
    expect(results.map((found) => found["input x"])).toEqual([Infinity, NaN, Math.fround(1e30), 3]);
  });
});

describe("where there are no 16-bit floats", () => {
  test('precision "auto" is f32, and the reason is told', async () => {
    const device = await testDevice();
    expect(device.gpu.features.has("shader-f16")).toBe(false);
    const sample = numbers([1, 3, 4, 4]);
    const autoPrecision = { software: true, sample };
    const model = await load(convolution([1, 3, 4, 4]), {
      device,
      precision: "auto",
      autoPrecision,
    });
    expect(model.precision).toBe("f32");
    const { precisionReason } = model.statistics;
    expect(precisionReason).toBe('the device does not have "shader-f16"');
    const plain = await load(convolution([1, 3, 4, 4]), { device });
    expect([plain.precision, plain.statistics.precisionReason]).toEqual(["f32", null]);
    expect(await model.run(sample)).toEqual(await plain.run(sample));
    model.dispose();
    plain.dispose();
  });
});
