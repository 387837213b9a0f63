/** `npm run test:networks`: blocks and networks on the GPU in Node, on one device, against their goldens. */
import { writeFileSync } from "node:fs";
import { useVulkan } from "../../scripts/vulkan.js";
import { openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import { buildBlock } from "../blocks/fixtures.ts";
import { BLOCK_GOLDENS, NETWORK_GOLDENS } from "../goldens.ts";
import type { Fixture } from "../goldens.ts";
import { runGolden } from "../gpu/run-golden.ts";
import { parseOptions, selectNetworks } from "./select.ts";

const FIXTURES: Readonly<Record<string, Fixture>> = { ...BLOCK_GOLDENS, ...NETWORK_GOLDENS };

/** Relative to the greatest magnitude of the golden. */
const BLOCK_TOLERANCE = 1e-4;
const NETWORK_TOLERANCE = 1e-3;

interface Result {
  readonly id: string;
  readonly passed: boolean;
  /** Relative to the greatest magnitude of the golden; null when it did not run. */
  readonly error: number | null;
  /** From the table of its rows to the outputs. */
  readonly seconds: number;
  /** Why it did not run. */
  readonly message?: string;
}

async function runFixture(id: string, device: Device): Promise<Result> {
  const isBlock = Object.hasOwn(BLOCK_GOLDENS, id);
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  try {
    const error = await runGolden(isBlock ? buildBlock(id) : id, FIXTURES[id], device);
    const tolerance = isBlock ? BLOCK_TOLERANCE : NETWORK_TOLERANCE;
    return { id, passed: error < tolerance, error, seconds: seconds() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, passed: false, error: null, seconds: seconds(), message };
  }
}

function describe({ id, passed, error, seconds, message }: Result): string {
  const megaMacs = (FIXTURES[id].macs / 1e6).toFixed(1).padStart(8);
  const off = error === null ? (message ?? "") : `off by ${error.toExponential(1)}`;
  const verdict = passed ? "ok    " : "FAILED";
  return `${verdict} ${id.padEnd(42)} ${megaMacs} MMAC ${seconds.toFixed(1).padStart(6)} s  ${off}`;
}

/** Runs one after another until the time is over; each that fails leaves a new device to the next. */
async function runAll(ids: readonly string[], budgetMinutes: number): Promise<Result[]> {
  const end = performance.now() + budgetMinutes * 60_000;
  const results: Result[] = [];
  let device = await openDevice();
  console.log(`adapter: ${device.adapter.vendor} ${device.adapter.description}`.trim());
  for (const id of ids) {
    if (performance.now() > end) break;
    const result = await runFixture(id, device);
    results.push(result);
    console.log(`${results.length}/${ids.length}`.padStart(7), describe(result));
    if (result.error === null) {
      device.destroy();
      device = await openDevice();
    }
  }
  device.destroy();
  return results;
}

/** @throws Error for wrong options, an unknown name and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const { patterns, budgetMinutes, json } = parseOptions(given);
  const ids = selectNetworks(FIXTURES, patterns);
  useVulkan();
  const start = performance.now();
  const results = await runAll(ids, budgetMinutes);
  const left = ids.slice(results.length);
  if (left.length > 0) console.log(`left out after ${budgetMinutes} minutes: ${left.join(", ")}`);
  const passed = results.filter((result) => result.passed).length;
  const failed = results.length - passed;
  const minutes = (performance.now() - start) / 60_000;
  console.log(`${minutes.toFixed(1)} minutes\n${passed} passed, ${failed} failed`);
  if (json !== null) {
    writeFileSync(json, `${JSON.stringify({ passed, failed, left, results }, null, 2)}\n`);
  }
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
