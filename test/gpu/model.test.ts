/** What a model tells of itself: statistics, progress, profile, verification; and its weights. */
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { formatSafetensors } from "../../src/formats/safetensors.ts";
import { Device, openDevice } from "../../src/gpu/device.ts";
import { WeightsError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { createModel, load } from "../../src/model.ts";
import type { Progress } from "../../src/model.ts";
import { verify } from "../../src/verify.ts";
import { conv } from "../compiler/graphs.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph } from "./small-models.ts";

const IMAGE = [1, 3, 8, 7];
const x = syntheticInput(IMAGE);

/** Two convolutions with a pool between them. */
const stack: Graph = buildGraph(
  { x: IMAGE },
  (builder, value) => {
    const first = conv(builder, value, { out: 6, kernel: 3, name: "first" });
    const active = builder.unary(first, { kind: "relu" }, "act");
    const pooled = builder.maxPool2d(active, { kernel: [2, 2] }, "pool");
    return { y: conv(builder, pooled, { out: 5, name: "second" }) };
  },
  "stack",
);

/** The shared GPU with another way to answer one question. */
async function deviceWith(instead: (target: GPUDevice, name: string) => unknown): Promise<Device> {
  const { gpu, adapter, traits } = await testDevice();
  const proxy = new Proxy(gpu, {
    get: (target, name) => {
      const own = instead(target, String(name));
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return new Device(proxy, adapter, traits);
}

describe("a model", () => {
  test("knows its inputs, outputs, adapter and numbers", async () => {
    const device = await testDevice();
    const model = await load(stack, { device });
    expect(model.name).toBe("stack");
    expect(model.inputs).toEqual([{ name: "x", shape: IMAGE, dtype: "float32" }]);
    expect(model.outputs).toEqual([{ name: "y", shape: [1, 5, 3, 2], dtype: "float32" }]);
    expect(model.adapter).toBe(device.adapter);
    expect(model.statistics).toMatchObject({
      firstRunMs: null,
      dispatches: 3,
      passes: 1,
      submits: 1,
      parameters: countParameters(stack),
      macs: countMacs(stack),
    });
    await model.run(x);
    const { arenaBytes, lowerBoundBytes, ...times } = model.statistics;
    const { firstRunMs, loadMs, compileMs, planMs, uploadMs, pipelinesMs } = times;
    for (const ms of [firstRunMs, loadMs, compileMs, planMs, uploadMs, pipelinesMs]) {
      expect(ms).toBeGreaterThan(0);
    }
    // A graph is there at once, and so is the device of the test.
    expect(times.downloadMs).toBe(0);
    expect(times.parseMs).toBe(loadMs);
    expect(times.deviceMs).toBeGreaterThanOrEqual(0);
    expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes);
    expect(model.explain().dispatches.map(({ label }) => label)).toEqual([
      "first",
      "pool",
      "second",
    ]);
    model.dispose();
  });

  test("tells how far loading has come", async () => {
    const seen: Progress[] = [];
    const onProgress = (progress: Progress): number => seen.push(progress);
    const model = await load(stack, { device: await testDevice(), onProgress });
    const { weightBytes } = model.statistics;
    model.dispose();
    const { total } = seen.at(-1)!;
    expect(seen).toEqual([
      { phase: "compile", done: 0, total: 1 },
      { phase: "compile", done: 1, total: 1 },
      { phase: "upload", done: weightBytes, total: weightBytes },
      ...Array.from({ length: total }, (_, i) => ({ phase: "pipelines", done: i + 1, total })),
    ]);
    expect(total).toBeGreaterThanOrEqual(3);
  });

  test("shares pipelines with others on its device", async () => {
    const device = await openDevice();
    const first = await load(stack, { device });
    const { pipelines } = first.statistics;
    const second = await load(stack, { device });
    expect(second.statistics.pipelines).toBe(pipelines);
    expectNear(await second.run(x), await first.run(x), 0);
    device.destroy();
  });
});

describe("profile", () => {
  const times = async (device: Device): Promise<boolean> => {
    const model = await load(stack, { device });
    const { rows, totalMs, timestamps } = await model.profile(x, { repeat: 3 });
    expect(rows.map(({ index, label, macs }) => [index, label, macs])).toEqual([
      [0, "first", 3 * 6 * 9 * 30],
      [1, "pool", 0],
      [2, "second", 6 * 5 * 6],
    ]);
    for (const { ms } of rows) expect(ms).toBeGreaterThanOrEqual(0);
    expect(totalMs).toBeCloseTo(rows.reduce((sum, { ms }) => sum + ms, 0));
    const { y } = await model.run(x);
    expect(y.shape).toEqual([1, 5, 3, 2]);
    model.dispose();
    return timestamps;
  };

  test("times each dispatch by the GPU where it can", async () => {
    const device = await testDevice();
    expect(await times(device)).toBe(device.gpu.features.has("timestamp-query"));
  });

  test("times each submit where there are no timestamps", async () => {
    const features = new Set<string>();
    const device = await deviceWith((_, name) => (name === "features" ? features : undefined));
    expect(await times(device)).toBe(false);
  });
});

describe("verify", () => {
  test("compares what every dispatch writes", async () => {
    const { rows, firstBad } = await verify(stack, { x }, await testDevice());
    expect(firstBad).toBeNull();
    expect(rows.map(({ value, ok }) => [value, ok])).toEqual([
      ["act", true],
      ["pool", true],
      ["second", true],
    ]);
  });

  test.each<[string, boolean]>([
    ["one after the other", false],
    ["in an order of their own", true],
  ])("compares branches that one convolution computes, %s", async (_, channels) => {
    const branches = buildGraph({ x: IMAGE }, (builder, value) => {
      const [a, b] = [5, 7].map((out) => {
        const y = conv(builder, value, { out, name: `conv${out}` });
        const active = builder.unary(y, { kind: "relu" }, `act${out}`);
        return builder.maxPool2d(active, { kernel: [2, 2] }, `pool${out}`);
      });
      const wide = builder.concat([a, b], 1, "wide");
      return { y: conv(builder, wide, { out: 4, name: "last" }) };
    });
    const device = await testDevice();
    const { rows } = await verify(branches, { x }, device, { fuse: { channels } });
    const compared = rows.filter(({ ok }) => ok).map(({ value }) => value);
    expect(compared).toEqual(expect.arrayContaining(["act5", "act7", "pool5", "pool7", "last"]));
    expect(rows.every(({ ok }) => ok)).toBe(true);
    const [a, b] = ["act5", "act7"].map((name) => rows.find(({ value }) => value === name)!);
    expect(a.nodes).toEqual(b.nodes);
    expect([a.shape, b.shape]).toEqual([
      [1, 5, 8, 7],
      [1, 7, 8, 7],
    ]);
  });

  test("names the first dispatch that is wrong", async () => {
    let uploads = 0;
    const device = await deviceWith((target, name) => {
      if (name !== "queue") return undefined;
      return new Proxy(target.queue, {
        get: (queue, method) => {
          if (method !== "writeBuffer") {
            const value: unknown = Reflect.get(queue, method, queue);
            return typeof value === "function" ? (value.bind(queue) as unknown) : value;
          }
          return (buffer: GPUBuffer, offset: number, data: ArrayBuffer | Float32Array) => {
            const isWeights = buffer.label === "lightfuse weights";
            // Weights and bias of the first layer, then those of the second.
            const spoil = isWeights && uploads++ >= 2 && data instanceof Float32Array;
            const written = spoil ? data.map((number) => number + 1) : data;
            queue.writeBuffer(buffer, offset, written as Float32Array<ArrayBuffer>);
          };
        },
      });
    });
    const { rows, firstBad } = await verify(stack, { x }, device);
    expect(rows.map(({ ok }) => ok)).toEqual([true, true, false]);
    expect(firstBad).toMatchObject({ value: "second", nodes: ["second"], shape: [1, 5, 3, 2] });
    expect(firstBad!.maxError).toBeGreaterThan(1e-3 * firstBad!.maxAbs);
  });
});

describe("createModel", () => {
  const options = { inputSize: [32, 32] as const, classes: 4 };
  const input = syntheticInput([1, 3, 32, 32]);

  test("takes weights from a safetensors file, a map, and the formula alike", async () => {
    const device = await testDevice();
    const formula = await createModel("squeezenet1_1", "synthetic", { device, ...options });
    const weights = syntheticWeights(network("squeezenet1_1", options));
    const expected = await formula.run(input);
    for (const given of [weights, formatSafetensors(weights)]) {
      const model = await createModel("squeezenet1_1", given, { device, ...options });
      expectNear(await model.run(input), expected, 0);
      model.dispose();
    }
    formula.dispose();
  }, 60_000);

  test("names the tensor that is missing", async () => {
    const loading = createModel("mobilenet_v3_small", new Map(), { device: await testDevice() });
    await expect(loading).rejects.toThrow(WeightsError);
    await expect(loading).rejects.toThrow(
      /^weights: "features.0.0.weight" is missing from the given tensors/,
    );
  });
});
