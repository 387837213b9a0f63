/** What the second run of a model asks of WebGPU: one pass, one submit, and nothing made. */
import { describe, expect, test } from "vitest";
import type { RunInput } from "../../src/inputs.ts";
import type { Model } from "../../src/loaded-model.ts";
import type { Pixels } from "../../src/gpu/image-source.ts";
import { createModel, load } from "../../src/model.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import { realData } from "../formats/real-data.ts";
import { RealData } from "../models/data.ts";
import { CountingDevice } from "./counting-device.ts";
import { testDevice } from "./run-kernel.ts";

const LIMIT_MS = 120_000;

async function countingDevice(): Promise<CountingDevice> {
  return new CountingDevice((await testDevice()).gpu);
}

/** MobileNetV2 as our blocks build it, and as a file describes it where the real data are. */
const MOBILENETS: readonly (readonly [string, (gpu: GPUDevice) => Promise<Model>])[] = [
  [
    "the block graph of MobileNetV2",
    (gpu) => createModel("mobilenet_v2", "synthetic", { device: adoptDevice(gpu) }),
  ],
  ...(realData === undefined
    ? []
    : [
        [
          "the ONNX file of MobileNetV2",
          (gpu: GPUDevice) =>
            load(
              new RealData(realData!).at(
                "models/mobilenet_v2/mobilenet_v2_1.0_224_dequant_fp32.onnx",
              ),
              { device: adoptDevice(gpu) },
            ),
        ] as const,
      ]),
];

/** Grey levels of a slope. */
export function slope(width: number, height: number): Pixels {
  const data = Uint8Array.from({ length: width * height * 4 }, (_, i) => (i * 7) % 256);
  return { data, width, height };
}

async function secondRun(device: CountingDevice, model: Model, input: RunInput): Promise<void> {
  await model.run(input);
  device.reset();
  await model.run(input);
}

/** Images of every kind that the platform has. */
export function defineHotPathTests(images: Readonly<Record<string, () => RunInput>>): void {
  describe.each(MOBILENETS)("%s", (_, make) => {
    test(
      "runs in 60 dispatches at most, one pass and one submit, and makes nothing anew",
      async () => {
        const device = await countingDevice();
        const model = await make(device.gpu);
        await secondRun(device, model, syntheticInput([1, 3, 224, 224]));
        const { dispatchWorkgroups, beginComputePass, submit, writeBuffer } = device.counts;
        expect(dispatchWorkgroups).toBeLessThanOrEqual(60);
        expect(dispatchWorkgroups).toBe(model.statistics.dispatches);
        expect([beginComputePass, submit, writeBuffer]).toEqual([1, 1, 1]);
        // An encoder cannot be used twice.
        expect(device.created).toEqual({ createCommandEncoder: 1 });
        model.dispose();
      },
      LIMIT_MS,
    );

    test(
      "takes at most 1.25 times the bytes of its weights and of what lives at once",
      async () => {
        const device = await countingDevice();
        const model = await make(device.gpu);
        await secondRun(device, model, syntheticInput([1, 3, 224, 224]));
        const { weightBytes, lowerBoundBytes } = model.statistics;
        expect(device.peakBytes).toBeLessThanOrEqual(1.25 * (weightBytes + lowerBoundBytes));
        expect(device.peakBytes).toBeGreaterThan(weightBytes + lowerBoundBytes);
        model.dispose();
        await expect.poll(() => device.aliveBytes).toBe(0);
      },
      LIMIT_MS,
    );
  });

  test.each(Object.entries(images))(
    "a second run on %s makes nothing anew, and writes no buffer",
    async (_, image) => {
      const device = await countingDevice();
      const options = { device: adoptDevice(device.gpu), inputSize: [64, 64] } as const;
      const model = await createModel("mobilenet_v3_small", "synthetic", options);
      await secondRun(device, model, image());
      expect(device.created).toEqual({ createCommandEncoder: 1 });
      const { beginComputePass, submit, writeBuffer = 0 } = device.counts;
      expect([beginComputePass, submit, writeBuffer]).toEqual([1, 1, 0]);
      expect(device.aliveTextures).toBe(1);
      model.dispose();
      await expect.poll(() => [device.aliveBytes, device.aliveTextures]).toEqual([0, 0]);
    },
    LIMIT_MS,
  );
}
