/** Blocks and networks on the GPU in Node. */
import { useVulkan } from "../../scripts/vulkan.js";
import { openDevice } from "../../src/gpu/device.ts";
import { runFixture } from "./run-fixture.ts";
import type { Runner } from "./runner.ts";

/** @throws DeviceError without an adapter */
export async function openNode(): Promise<Runner> {
  useVulkan();
  const device = await openDevice();
  const { vendor, architecture, description } = device.adapter;
  return {
    name: ["Node", vendor, architecture, description].filter(Boolean).join(" "),
    run: (id) => runFixture(id, device),
    close: () => {
      device.destroy();
      return Promise.resolve();
    },
  };
}
