/** Says on which adapter the Node tests of this run are computed. */
import { expect, test } from "vitest";
import { create } from "webgpu";

test("Dawn finds a WebGPU adapter", async () => {
  // Dawn crashes when its entry point is collected while a device of it is in use.
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  expect(adapter).not.toBeNull();
  const { vendor, architecture, description } = adapter!.info;
  console.log(`adapter: ${vendor} ${architecture} ${description}`.trim(), "in Dawn");
  expect(gpu).toBeDefined();
});
