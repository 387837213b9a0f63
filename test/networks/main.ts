/** `npm run test:networks`: whole networks on the GPU in Node, on one device, against their goldens. */
import { writeFileSync } from "node:fs";
import { useVulkan } from "../../scripts/vulkan.js";
import { openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import { NETWORK_GOLDENS } from "../goldens.ts";
import { runGolden } from "../gpu/run-golden.ts";
import { parseOptions, selectNetworks } from "./select.ts";

/** Relative to the greatest magnitude of the golden. */
const TOLERANCE = 1e-3;

interface Result {
  readonly id: string;
  readonly passed: boolean;
  /** Relative to the greatest magnitude of the golden; null when it did not run. */
  readonly error: number | null;
  /** From the registry's table to the outputs. */
  readonly seconds: number;
  /** Why it did not run. */
  readonly message?: string;
}

async function runNetwork(id: string, device: Device): Promise<Result> {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const error = await runGolden(id, NETWORK_GOLDENS[id], device);
    return { id, passed: error < TOLERANCE, error, seconds: seconds() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, passed: false, error: null, seconds: seconds(), message };
  }
}

function describe({ id, passed, error, seconds, message }: Result): string {
  const gigaMacs = (NETWORK_GOLDENS[id].macs / 1e9).toFixed(2).padStart(6);
  const off = error === null ? (message ?? "") : `off by ${error.toExponential(1)}`;
  const verdict = passed ? "ok    " : "FAILED";
  return `${verdict} ${id.padEnd(32)} ${gigaMacs} GMAC ${seconds.toFixed(1).padStart(6)} s  ${off}`;
}

/** @throws Error for wrong options, an unknown name and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const { patterns, budgetMinutes, json } = parseOptions(given);
  const ids = selectNetworks(NETWORK_GOLDENS, patterns);
  useVulkan();
  const device = await openDevice();
  console.log(`adapter: ${device.adapter.vendor} ${device.adapter.description}`.trim());
  const start = performance.now();
  const minutes = () => (performance.now() - start) / 60_000;
  const results: Result[] = [];
  for (const id of ids) {
    if (minutes() > budgetMinutes) break;
    const result = await runNetwork(id, device);
    results.push(result);
    console.log(`${results.length}/${ids.length}`.padStart(7), describe(result));
  }
  device.destroy();
  const left = ids.slice(results.length);
  if (left.length > 0) {
    console.log(`left out after ${budgetMinutes} minutes: ${left.join(", ")}`);
  }
  const passed = results.filter((result) => result.passed).length;
  const failed = results.length - passed;
  console.log(`${minutes().toFixed(1)} minutes\n${passed} passed, ${failed} failed`);
  if (json !== null) {
    writeFileSync(json, `${JSON.stringify({ passed, failed, left, results }, null, 2)}\n`);
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
