/** Says on which adapter the browser tests of this run are computed. */
import { expect, test } from "vitest";

test("Chromium finds a WebGPU adapter", { tags: ["quick"] }, async () => {
  const adapter = await navigator.gpu.requestAdapter();
  expect(adapter).toBeInstanceOf(GPUAdapter);
  const { vendor, architecture, description } = adapter!.info;
  const version = /Chrome\/[\d.]+/.exec(navigator.userAgent)?.[0] ?? "an unknown browser";
  console.log(`adapter: ${vendor} ${architecture} ${description}`.trim(), `in ${version}`);
});
