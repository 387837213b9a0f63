/** Runs that overlap, that read and write GPU buffers, that take images, and what they leave behind. */
import { describe, expect, test } from "vitest";
import { PREPROCESS } from "../../src/formats/preprocess.ts";
import type { Preprocess } from "../../src/formats/preprocess.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import type { Pixels } from "../../src/gpu/image.ts";
import { BUFFER, MAP_READ } from "../../src/gpu/usage.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import type { GpuTensor } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { CountingDevice } from "./counting-device.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph, convolution, sum } from "./small-models.ts";

const IMAGE = [1, 3, 6, 5];

const scaled = (shape: Shape, factor: number): Tensor => {
  const { data } = syntheticInput(shape);
  return { shape, dtype: "float32", data: Float32Array.from(data, (x) => x * factor) };
};

async function countingDevice(): Promise<CountingDevice> {
  return new CountingDevice((await testDevice()).gpu);
}

async function toBuffer({ data }: Tensor): Promise<GPUBuffer> {
  const { gpu } = await testDevice();
  const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
  const buffer = gpu.createBuffer({ size: data.byteLength, usage });
  gpu.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return buffer;
}

async function fromBuffer({ buffer, shape, dtype }: GpuTensor): Promise<Tensor> {
  const { gpu } = await testDevice();
  const size = sizeOf(shape) * 4;
  const readback = gpu.createBuffer({ size, usage: BUFFER.MAP_READ | BUFFER.COPY_DST });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, readback, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await readback.mapAsync(MAP_READ);
  const data = new Float32Array(readback.getMappedRange().slice(0));
  readback.destroy();
  return { shape, dtype, data };
}

/** Graphs whose inputs and outputs lie in different ways. */
const GRAPHS: readonly (readonly [string, Graph])[] = [
  ["an image in quads", convolution(IMAGE)],
  ["a batch in quads", convolution([2, 5, 3, 4])],
  ["two inputs", sum([1, 5, 3, 4])],
  [
    "channels last",
    buildGraph({ x: [1, 6, 5, 3] }, (builder, x) => {
      const nchw = builder.transpose(x, [0, 3, 1, 2]);
      const pooled = builder.maxPool2d(nchw, { kernel: [2, 2], stride: [1, 1] });
      return { y: builder.transpose(pooled, [0, 2, 3, 1]) };
    }),
  ],
  [
    "rows",
    buildGraph({ x: [3, 7] }, (builder, x) => ({ y: builder.op("softmax", [x], { axis: 1 }) })),
  ],
  [
    "an input that is an output too",
    buildGraph({ x: IMAGE }, (builder, x) => ({
      same: builder.unary(x, { kind: "identity" }),
      y: builder.maxPool2d(x, { kernel: [2, 2] }),
    })),
  ],
  [
    "a part of an input",
    buildGraph({ x: IMAGE }, (builder, x) => {
      const attributes = { axes: [2], starts: [1], sizes: [4], steps: [1] };
      return { y: builder.maxPool2d(builder.op("slice", [x], attributes), { kernel: [2, 2] }) };
    }),
  ],
  [
    "one pixel in quads and several outputs",
    buildGraph({ x: [1, 7, 2, 2] }, (builder, x) => {
      const mean = builder.op("globalAveragePool", [x], {});
      return { mean, rows: builder.reshape(mean, [1, 7]), y: builder.unary(x, { kind: "abs" }) };
    }),
  ],
  [
    "two slots of a batch",
    buildGraph({ x: [2, 4, 3, 2], z: [2, 8, 3, 2] }, (builder, x, z) => {
      const a = builder.unary(x, { kind: "neg" });
      return { a, y: builder.concat([a, z]) };
    }),
  ],
];

const feedsOf = ({ inputs }: Graph, factor = 1): Record<string, Tensor> =>
  Object.fromEntries(inputs.map(({ name, shape }, i) => [name, scaled(shape, factor + i)]));

describe.each(GRAPHS)("a model with %s", (_, graph) => {
  test("computes the same from and to GPU buffers", { timeout: 60_000 }, async () => {
    const model = await load(graph, { device: await testDevice() });
    const feeds = feedsOf(graph);
    const expected = evaluateGraph(graph, feeds);
    expectNear(await model.run(feeds), expected, 1e-5);
    const buffers = new Map<string, GPUBuffer>();
    for (const [name, value] of Object.entries(feeds)) buffers.set(name, await toBuffer(value));
    expectNear(await model.run(Object.fromEntries(buffers)), expected, 1e-5);
    for (const input of [feeds, Object.fromEntries(buffers)]) {
      const outputs: Record<string, Tensor> = {};
      for (const [name, output] of Object.entries(await model.runToGpu(input))) {
        outputs[name] = await fromBuffer(output);
        output.destroy();
      }
      expectNear(outputs, expected, 1e-5);
    }
    for (const buffer of buffers.values()) buffer.destroy();
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

/** Pixels of which each is another, and the numbers that a network sees of them. */
function photo(height: number, width: number, seed: number): { pixels: Pixels; numbers: Tensor } {
  const area = height * width;
  const data = Uint8Array.from({ length: area * 4 }, (_, i) => (i * seed * 37 + seed) % 256);
  const numbers = Float32Array.from({ length: 3 * area }, (_, i) => {
    return data[(i % area) * 4 + Math.floor(i / area)];
  });
  return {
    pixels: { data, width, height },
    numbers: { shape: [1, 3, height, width], dtype: "float32", data: numbers },
  };
}

/** Numbers 0 to 255, pixel by pixel. */
const AS_IT_IS: Preprocess = { ...PREPROCESS.raw, fit: "stretch" };

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
    const model = await load(graph, { device: await testDevice() });
    const [first, second] = [photo(6, 5, 1), photo(6, 5, 5)];
    const expected = [first, second].map(({ numbers }) => evaluateGraph(graph, { x: numbers }));
    const options = { preprocess: AS_IT_IS };
    expectNear(await model.run(first.pixels, options), expected[0], 1e-4);
    expectNear(await model.run(second.numbers), expected[1], 1e-4);
    const output = await model.runToGpu(first.pixels, options);
    expectNear({ y: await fromBuffer(output.y) }, { y: expected[0].y }, 1e-4);
    const after = await model.runToGpu(second.numbers);
    expectNear({ y: await fromBuffer(after.y) }, { y: expected[1].y }, 1e-4);
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
  const gone = await toBuffer(x);
  gone.destroy();
  await expect(model.run(gone)).rejects.toThrow(/^WebGPU: net: .*destroyed/);
  await expect(model.runToGpu(gone)).rejects.toThrow(/^WebGPU: net: .*destroyed/);
  expectNear(await model.run(x), evaluateGraph(convolution(IMAGE), { x }), 1e-5);
  expect(device.failure).toBeNull();
  model.dispose();
});
