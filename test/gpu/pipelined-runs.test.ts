/** Runs that are started before others have ended: in their order, each with its own result or error. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { adoptDevice, openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import { DeviceError, GraphError, ShapeError } from "../../src/graph/errors.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { RunInput } from "../../src/inputs.ts";
import type { Model } from "../../src/loaded-model.ts";
import { load } from "../../src/model.ts";
import { expectNear } from "./compare.ts";
import { CountingDevice } from "./counting-device.ts";
import { AS_IT_IS, fromBuffer, IMAGE, photo, toBuffer } from "./port-graphs.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph, convolution } from "./small-models.ts";

const LIMIT_MS = 120_000;

/** Runs in flight, at most. */
const DEPTH = 3;

const graph = convolution(IMAGE);

async function countingDevice(): Promise<CountingDevice> {
  return new CountingDevice((await testDevice()).gpu);
}

function scaled(factor: number): Tensor {
  const { shape, data } = syntheticInput(IMAGE);
  return { shape, dtype: "float32", data: Float32Array.from(data, (x) => x * factor) };
}

/** A way to start a run; each gives the output as a tensor. */
const KINDS: Readonly<
  Record<string, (model: Model, device: Device, seed: number) => Promise<Tensor>>
> = {
  tensor: async (model, _, seed) => (await model.run(scaled(seed))).y,
  "an array that is changed once it was read": async (model, _, seed) => {
    const { data } = scaled(seed);
    const numbers = Float32Array.from(data);
    const onInputsRead = (): void => void numbers.fill(NaN);
    return (await model.run(numbers, { onInputsRead })).y;
  },
  pixels: async (model, _, seed) =>
    (await model.run(photo(6, 5, seed).pixels, { preprocess: AS_IT_IS })).y,
  "pixels of another size": async (model, _, seed) =>
    (await model.run(photo(3, 5, seed).pixels, { preprocess: AS_IT_IS })).y,
  buffer: async (model, device, seed) => {
    const buffer = toBuffer(device, scaled(seed));
    return (await model.run(buffer, { onInputsRead: () => buffer.destroy() })).y;
  },
  "to the GPU": async (model, device, seed) => {
    const { y } = await model.runToGpu(scaled(seed));
    const tensor = await fromBuffer(device, y);
    y.destroy();
    return tensor;
  },
  "into a tensor": async (model, _, seed) => {
    const y = { shape: [1, 5, 6, 5], dtype: "float32", data: new Float32Array(150) } as const;
    const outputs = await model.run(scaled(seed), { into: { y } });
    expect(outputs.y).toBe(y);
    return y;
  },
};

/** Runs that fail, each with its reason. */
const FAILURES: Readonly<
  Record<string, readonly [(model: Model, device: Device) => Promise<unknown>, RegExp]>
> = {
  "a buffer that is gone": [
    (model, device) => {
      const gone = toBuffer(device, scaled(1));
      gone.destroy();
      return model.run(gone);
    },
    /^WebGPU: net: .*destroyed/s,
  ],
  "an input that does not fit": [
    (model) => model.run(new Float32Array(1)),
    /^input "x": 1 numbers given/,
  ],
  "a signal that was aborted": [
    (model) => model.run(scaled(1), { signal: AbortSignal.abort(new Error("enough")) }),
    /^enough$/,
  ],
  "a signal that is aborted while the run waits": [
    (model) => {
      const controller = new AbortController();
      const running = model.run(scaled(1), { signal: controller.signal });
      controller.abort(new Error("too long"));
      return running;
    },
    /^too long$/,
  ],
  "a signal that is aborted when the inputs were read": [
    (model) => {
      const controller = new AbortController();
      const onInputsRead = (): void => controller.abort(new Error("too late"));
      return model.runToGpu(scaled(1), { signal: controller.signal, onInputsRead });
    },
    /^too late$/,
  ],
  "a listener that throws": [
    (model) =>
      model.run(scaled(1), {
        onInputsRead: () => {
          throw new Error("not me");
        },
      }),
    /^not me$/,
  ],
};

describe("runs of all kinds, interleaved at random", () => {
  test(
    "give what each gives alone, and fail each for its own reason",
    { timeout: LIMIT_MS },
    async () => {
      const device = await countingDevice();
      const adopted = adoptDevice(device.gpu);
      const model = await load(graph, { device: adopted });
      const alone = new Map<string, Tensor>();
      for (const [kind, start] of Object.entries(KINDS)) {
        for (let seed = 1; seed <= 4; seed++) {
          alone.set(`${kind} ${seed}`, await start(model, adopted, seed));
        }
      }
      const before = device.aliveBytes;
      const step = fc.record({
        kind: fc.constantFrom(...Object.keys(KINDS), ...Object.keys(FAILURES)),
        seed: fc.integer({ min: 1, max: 4 }),
        /** Whether to wait for the run before the next one is started, for a task, or not at all. */
        wait: fc.constantFrom("run", "task", "none", "none", "none"),
      });
      const property = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const checks: Promise<void>[] = [];
        for (const { kind, seed, wait } of steps) {
          const failure = FAILURES[kind] as (typeof FAILURES)[string] | undefined;
          const check = failure
            ? expect(failure[0](model, adopted)).rejects.toThrow(failure[1])
            : KINDS[kind](model, adopted, seed).then((y) =>
                expectNear({ y }, { y: alone.get(`${kind} ${seed}`)! }, 0),
              );
          checks.push(check);
          if (wait === "run") await check;
          if (wait === "task") await new Promise((resolve) => setTimeout(resolve));
        }
        await Promise.all(checks);
      });
      await fc.assert(property, { seed: 1, numRuns: 60 });
      expect(adopted.failure).toBeNull();
      // What failed or was aborted left nothing but the readbacks of as many runs as may overlap.
      await model.run(scaled(1));
      expect(device.aliveBytes - before).toBe((DEPTH - 1) * readbackBytes(model));
      model.dispose();
      await expect.poll(() => [device.aliveBytes, device.aliveTextures]).toEqual([0, 0]);
    },
  );
});

describe("a thousand runs at once", () => {
  test("wait in their order, and share three readbacks", { timeout: LIMIT_MS }, async () => {
    const device = await countingDevice();
    const model = await load(graph, { device: adoptDevice(device.gpu) });
    const one = await model.run(scaled(1));
    const before = device.aliveBytes;
    device.reset();
    let [read, inFlight, most] = [0, 0, 0];
    const ended: number[] = [];
    const running = Array.from({ length: 1000 }, async (_, i) => {
      const onInputsRead = (): void => {
        expect(read++).toBe(i);
        most = Math.max(most, ++inFlight);
      };
      const { y } = await model.run(scaled(1 + (i % 3)), { onInputsRead });
      inFlight--;
      ended.push(i);
      return y.data[0];
    });
    const first = (await Promise.all(running)).slice(0, 3);
    expect(ended).toEqual(Array.from({ length: 1000 }, (_, i) => i));
    expect(first[0]).toBe(one.y.data[0]);
    expect(first[1]).toBeCloseTo(2 * first[0], 5);
    // The next run may begin in the same moment in which one ends.
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(DEPTH + 1);
    expect(device.created).toEqual({ createCommandEncoder: 1000, createBuffer: DEPTH - 1 });
    expect(device.counts.writeBuffer).toBe(1000);
    expect(device.aliveBytes - before).toBe((DEPTH - 1) * readbackBytes(model));
    model.dispose();
    await expect.poll(() => device.aliveBytes).toBe(0);
  });

  test("are uploaded before the one before them is read", { timeout: LIMIT_MS }, async () => {
    const model = await load(graph, { device: await testDevice() });
    const order: string[] = [];
    const start = async (name: string): Promise<void> => {
      await model.run(scaled(1), { onInputsRead: () => order.push(`${name} read`) });
      order.push(`${name} done`);
    };
    await Promise.all(["a", "b", "c", "d"].map(start));
    expect(order.slice(0, 3)).toEqual(["a read", "b read", "c read"]);
    expect(order.indexOf("d read")).toBeGreaterThan(order.indexOf("a done") - 2);
    model.dispose();
  });
});

/** Bytes of the quads of y [1, 5, 6, 5]. */
function readbackBytes({ outputs }: Model): number {
  const [, channels, height, width] = outputs[0].shape;
  return Math.ceil(channels / 4) * 4 * height * width * 4;
}

describe("a signal", () => {
  test("ends the wait of a run at once, and the run is never begun", async () => {
    const device = await countingDevice();
    const model = await load(graph, { device: adoptDevice(device.gpu) });
    await model.run(scaled(1));
    device.reset();
    const controller = new AbortController();
    const { signal } = controller;
    const others = [2, 3, 4].map((factor) => model.run(scaled(factor)));
    const waiting = model.run(scaled(5), { signal });
    controller.abort(new Error("enough"));
    const settled: string[] = [];
    const follow = (name: string, run: Promise<unknown>) =>
      run.then(
        () => settled.push(name),
        () => settled.push(`${name} failed`),
      );
    await Promise.all([...others.map((run) => follow("run", run)), follow("waiting", waiting)]);
    expect(settled[0]).toBe("waiting failed");
    await expect(waiting).rejects.toThrow("enough");
    await model.run(scaled(6));
    expect(device.counts.submit).toBe(4);
    model.dispose();
  });

  test("that comes after the submit leaves the tensors as they are", async () => {
    const model = await load(graph, { device: await testDevice() });
    const y = { shape: [1, 5, 6, 5], dtype: "float32", data: new Float32Array(150) } as const;
    const controller = new AbortController();
    const { signal } = controller;
    const onInputsRead = (): void => controller.abort(new Error("too late"));
    const running = model.run(scaled(1), { into: { y }, signal, onInputsRead });
    await expect(running).rejects.toThrow("too late");
    await model.run(scaled(2));
    expect(y.data.every((x) => x === 0)).toBe(true);
    model.dispose();
  });
});

describe("into", () => {
  const pair = buildGraph({ x: [1, 3, 4, 4] }, (builder, x) => {
    const [values, indices] = builder.apply("topK", [x], { axis: 1, k: 2, largest: true });
    return { values, indices };
  });

  test("fills tensors of every type, and makes the others anew", async () => {
    const model = await load(pair, { device: await testDevice() });
    const x = syntheticInput([1, 3, 4, 4]);
    const fresh = await model.run(x);
    const into = { indices: { ...fresh.indices, data: new Int32Array(32).fill(7) } };
    const filled = await model.run(x, { into });
    expect(filled.indices).toBe(into.indices);
    expect(filled.values).not.toBe(fresh.values);
    expectNear(filled, fresh, 0);
    model.dispose();
  });

  test.each<
    readonly [string, Record<string, Tensor>, typeof ShapeError | typeof GraphError, string]
  >([
    [
      "is no output",
      { z: syntheticInput([1]) },
      GraphError,
      'into: "z" is float32 1 of 1 numbers, but there is no such output',
    ],
    [
      "has another shape",
      { values: syntheticInput([2, 16]) },
      ShapeError,
      'into: "values" is float32 2x16 of 32 numbers, expected float32 1x2x4x4',
    ],
    [
      "is of another type",
      { indices: syntheticInput([1, 2, 4, 4]) },
      ShapeError,
      'into: "indices" is float32 1x2x4x4 of 32 numbers, expected int32 1x2x4x4',
    ],
  ])("refuses what %s", async (_, into, type, message) => {
    const model = await load(pair, { device: await testDevice() });
    const running = model.run(syntheticInput([1, 3, 4, 4]), { into });
    await expect(running).rejects.toThrow(new type(message));
    model.dispose();
  });
});

describe("while runs are in flight", () => {
  test("dispose lets those end that have begun, and refuses the others", async () => {
    const device = await countingDevice();
    const model = await load(graph, { device: adoptDevice(device.gpu) });
    const running = Array.from({ length: 8 }, (_, i) => {
      // The second one has been submitted, the first may be done.
      const onInputsRead = i === 1 ? () => model.dispose() : undefined;
      return model.run(scaled(1), { onInputsRead });
    });
    const results = await Promise.allSettled(running);
    const states = results.map(({ status }) => status);
    expect(states.slice(0, 2)).toEqual(["fulfilled", "fulfilled"]);
    expect(states.slice(3)).toEqual(Array.from({ length: 5 }, () => "rejected"));
    for (const result of results) {
      if (result.status === "fulfilled") continue;
      expect(result.reason).toEqual(new DeviceError("net: the model was disposed"));
    }
    await expect.poll(() => device.aliveBytes).toBe(0);
  });

  test("a lost device fails each of them, and those that wait", { timeout: LIMIT_MS }, async () => {
    const device = await openDevice();
    const model = await load(graph, { device });
    const onInputsRead = (): void => device.gpu.destroy();
    const inputs: RunInput[] = Array.from({ length: 8 }, () => scaled(1));
    const running = inputs.map((x, i) => model.run(x, i === 2 ? { onInputsRead } : {}));
    const results = await Promise.allSettled(running);
    for (const result of results.slice(2)) {
      expect(result.status).toBe("rejected");
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toBeInstanceOf(DeviceError);
      expect((reason as Error).message).toMatch(/^WebGPU: the device was lost/);
    }
    model.dispose();
  });

  test("profile waits for them, and they for it", { timeout: LIMIT_MS }, async () => {
    const model = await load(graph, { device: await testDevice() });
    const alone = await model.run(scaled(3));
    const first = [model.run(scaled(1)), model.run(scaled(2))];
    const profiling = model.profile(scaled(5), { repeat: 2 });
    const after = model.run(scaled(3));
    await Promise.all(first);
    expect((await profiling).rows).toHaveLength(1);
    expectNear(await after, alone, 0);
    model.dispose();
  });
});
