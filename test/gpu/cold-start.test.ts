/** What loading asks of WebGPU, and when: nothing twice, nothing that no run needs, pipelines first. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { formatSafetensors } from "../../src/formats/safetensors.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { createModel, load } from "../../src/model.ts";
import { expectNear } from "./compare.ts";
import { CountingDevice } from "./counting-device.ts";
import { fromBuffer, IMAGE } from "./port-graphs.ts";
import { testDevice } from "./run-kernel.ts";
import { convolution } from "./small-models.ts";

const LIMIT_MS = 240_000;
const OPTIONS = { inputSize: [32, 32] } as const;

async function countingDevice(): Promise<CountingDevice> {
  return new CountingDevice((await testDevice()).gpu);
}

test(
  "pipelines of a network are begun before its weights have come, and none twice",
  { timeout: LIMIT_MS },
  async () => {
    const id = "mobilenet_v3_small";
    const weights = formatSafetensors(syntheticWeights(network(id, OPTIONS)));
    const [early, plain] = [await countingDevice(), await countingDevice()];
    const server = createServer((_, response) => {
      // The weights come once pipelines were asked for.
      const answer = (): void => {
        if (early.counts.createComputePipelineAsync > 0) response.end(weights);
        else setTimeout(answer, 20);
      };
      answer();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const address = `http://127.0.0.1:${port}/weights.safetensors`;
    const model = await createModel(id, address, { ...OPTIONS, device: adoptDevice(early.gpu) });
    server.close();
    const other = await createModel(id, weights, { ...OPTIONS, device: adoptDevice(plain.gpu) });
    const { createComputePipelineAsync: count } = plain.counts;
    expect(early.counts.createComputePipelineAsync).toBe(count);
    expect(model.statistics.downloadMs).toBeGreaterThan(0);
    const x = syntheticInput([1, 3, 32, 32]);
    expectNear(await model.run(x), await other.run(x), 0);
    model.dispose();
    other.dispose();
    await expect.poll(() => [early.aliveBytes, plain.aliveBytes]).toEqual([0, 0]);
  },
);

test("models on one device share pipelines, and each frees its own memory", async () => {
  const device = await countingDevice();
  const adopted = adoptDevice(device.gpu);
  const models = [];
  for (let i = 0; i < 4; i++) models.push(await load(convolution(IMAGE), { device: adopted }));
  expect(device.counts.createComputePipelineAsync).toBe(1);
  const each = device.aliveBytes / 4;
  for (let left = 3; left >= 0; left--) {
    models.pop()!.dispose();
    await expect.poll(() => device.aliveBytes).toBe(left * each);
  }
});

test("pipelines for buffers of the page wait until a run has one", async () => {
  const device = await countingDevice();
  const adopted = adoptDevice(device.gpu);
  const model = await load(convolution(IMAGE), { device: adopted });
  const x = syntheticInput(IMAGE);
  const { y } = await model.run(x);
  expect(device.counts.createComputePipelineAsync).toBe(1);
  const output = await model.runToGpu(x);
  expect(device.counts.createComputePipelineAsync).toBe(2);
  expectNear({ y: await fromBuffer(adopted, output.y) }, { y }, 0);
  output.y.destroy();
  model.dispose();
});
