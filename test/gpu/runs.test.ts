/** Runs that overlap, that read and write GPU buffers, that take images, and what they leave behind. */
import { describe, expect, test } from "vitest";
import { adoptDevice } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { CountingDevice } from "./counting-device.ts";
import { expectNear } from "./compare.ts";
import {
  AS_IT_IS,
  IMAGE,
  PORT_GRAPHS,
  checkPorts,
  feedsOf,
  fromBuffer,
  photo,
  toBuffer,
} from "./port-graphs.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph, convolution } from "./small-models.ts";

async function countingDevice(): Promise<CountingDevice> {
  return new CountingDevice((await testDevice()).gpu);
}

describe.each(PORT_GRAPHS)("a model with %s", (_, graph) => {
  test("computes the same from and to GPU buffers", { timeout: 60_000 }, async () => {
    const device = await testDevice();
    const model = await load(graph, { device });
    await checkPorts(model, device, { graph, feeds: feedsOf(graph), tolerance: 1e-5 });
    model.dispose();
  });

  test("gives each of several runs at once its own result", { timeout: 60_000 }, async () => {
    const model = await load(graph, { device: await testDevice() });
    const factors = [1, -2, 3, 0.5, 7];
    const finished: number[] = [];
    const running = factors.map(async (factor) => {
      const outputs = await model.run(feedsOf(graph, factor));
      finished.push(factor);
      return outputs;
    });
    const results = await Promise.all(running);
    results.forEach((outputs, i) => {
      expectNear(outputs, evaluateGraph(graph, feedsOf(graph, factors[i])), 1e-5);
    });
    expect(finished).toEqual(factors);
    model.dispose();
  });
});

const READERS: readonly (readonly [string, Graph])[] = [
  ["reads quads", convolution(IMAGE)],
  [
    "reads rows",
    buildGraph({ x: IMAGE }, (builder, x) => ({ y: builder.op("softmax", [x], { axis: 3 }) })),
  ],
  [
    "reads a part",
    buildGraph({ x: IMAGE }, (builder, x) => {
      const attributes = { axes: [1, 3], starts: [2, 4], sizes: [3, 5], steps: [-1, -1] };
      return { y: builder.maxPool2d(builder.op("slice", [x], attributes), { kernel: [2, 2] }) };
    }),
  ],
  [
    "reads height as width",
    buildGraph({ x: IMAGE }, (builder, x) => {
      const turned = builder.transpose(x, [0, 1, 3, 2]);
      return { y: builder.maxPool2d(turned, { kernel: [2, 1] }) };
    }),
  ],
  [
    "returns its input",
    buildGraph({ x: IMAGE }, (builder, x) => ({
      same: builder.unary(x, { kind: "identity" }),
      y: builder.maxPool2d(x, { kernel: [2, 2] }),
    })),
  ],
];

describe.each(READERS)("a model that %s", (_, graph) => {
  test("takes an image for the numbers of its pixels", { timeout: 60_000 }, async () => {
    const device = await testDevice();
    const model = await load(graph, { device });
    const [first, second] = [photo(6, 5, 1), photo(6, 5, 5)];
    const expected = [first, second].map(({ numbers }) => evaluateGraph(graph, { x: numbers }));
    const options = { preprocess: AS_IT_IS };
    expectNear(await model.run(first.pixels, options), expected[0], 1e-4);
    expectNear(await model.run(second.numbers), expected[1], 1e-4);
    const output = await model.runToGpu(first.pixels, options);
    expectNear({ y: await fromBuffer(device, output.y) }, { y: expected[0].y }, 1e-4);
    const after = await model.runToGpu(second.numbers);
    expectNear({ y: await fromBuffer(device, after.y) }, { y: expected[1].y }, 1e-4);
    for (const made of [...Object.values(output), ...Object.values(after)]) made.destroy();
    model.dispose();
  });

  test("takes another image in each of several runs at once", { timeout: 60_000 }, async () => {
    const model = await load(graph, { device: await testDevice() });
    const photos = [photo(6, 5, 3), photo(6, 5, 7), photo(6, 5, 11)];
    const running = photos.map(({ pixels }) => model.run({ x: pixels }, { preprocess: AS_IT_IS }));
    // Of another size: the texture is made anew between two runs.
    const small = photo(3, 5, 3).pixels;
    const stretched = model.run({ x: small }, { preprocess: AS_IT_IS });
    const last = model.run({ x: photos[0].pixels }, { preprocess: AS_IT_IS });
    for (const [i, outputs] of (await Promise.all([...running, last])).entries()) {
      const { numbers } = photos[i % 3];
      expectNear(outputs, evaluateGraph(graph, { x: numbers }), 1e-4);
    }
    expect(Object.keys(await stretched)).toEqual(graph.outputs.map(({ name }) => name));
    model.dispose();
  });
});

describe("dispose", () => {
  test("frees every buffer and texture, and lets a run in flight end", async () => {
    const device = await countingDevice();
    const gpu = adoptDevice(device.gpu);
    const model = await load(convolution(IMAGE), { device: gpu });
    const { pixels, numbers } = photo(6, 5, 1);
    await model.run(pixels);
    const outputs = await model.runToGpu(numbers);
    outputs.y.destroy();
    const running = model.run(pixels);
    await Promise.resolve();
    await Promise.resolve();
    model.dispose();
    const result = await running.catch((error: unknown) => String(error));
    if (typeof result !== "string") expect(result.y.shape).toEqual([1, 5, 6, 5]);
    else expect(result).toBe("DeviceError: net: the model was disposed");
    await model.run(pixels).catch(() => undefined);
    await expect.poll(() => [device.aliveBytes, device.aliveTextures]).toEqual([0, 0]);
    expect(gpu.failure).toBeNull();
  });

  test("frees what a load had made that was aborted or failed", async () => {
    const device = await countingDevice();
    const gpu = adoptDevice(device.gpu);
    const controller = new AbortController();
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === "pipelines") controller.abort(new Error("enough"));
    };
    const options = { device: gpu, signal: controller.signal, onProgress };
    await expect(load(convolution(IMAGE), options)).rejects.toThrow("enough");
    await expect.poll(() => device.aliveBytes).toBe(0);
  });

  test("of one model leaves another on the same device", async () => {
    const device = await testDevice();
    const [first, second] = await Promise.all([
      load(convolution(IMAGE), { device }),
      load(convolution(IMAGE), { device }),
    ]);
    first.dispose();
    const x = syntheticInput(IMAGE);
    expectNear(await second.run(x), evaluateGraph(convolution(IMAGE), { x }), 1e-5);
    second.dispose();
  });

  test("closes the device that the model opened itself", async () => {
    const model = await load(convolution(IMAGE));
    await model.run(syntheticInput(IMAGE));
    model.dispose();
    await expect(model.run(syntheticInput(IMAGE))).rejects.toThrow("net: the model was disposed");
  });
});

test("a run with a buffer that is gone fails alone", { timeout: 60_000 }, async () => {
  const device = await testDevice();
  const model = await load(convolution(IMAGE), { device });
  const x = syntheticInput(IMAGE);
  const gone = toBuffer(device, x);
  gone.destroy();
  await expect(model.run(gone)).rejects.toThrow(/^WebGPU: net: .*destroyed/);
  await expect(model.runToGpu(gone)).rejects.toThrow(/^WebGPU: net: .*destroyed/);
  expectNear(await model.run(x), evaluateGraph(convolution(IMAGE), { x }), 1e-5);
  expect(device.failure).toBeNull();
  model.dispose();
});
