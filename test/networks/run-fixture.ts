/** Runs one block or network against its golden, in Node or on a page. */
import type { Device } from "../../src/gpu/device.ts";
import { buildBlock } from "../blocks/fixtures.ts";
import { BLOCK_GOLDENS, NETWORK_GOLDENS } from "../goldens.ts";
import { measureGolden } from "../gpu/run-golden.ts";

/** Relative to the greatest magnitude of the golden. */
export const BLOCK_TOLERANCE = 1e-4;
export const NETWORK_TOLERANCE = 1e-3;

/** What a run found. */
export interface Finding {
  readonly passed: boolean;
  /** Relative to the greatest magnitude of the golden. */
  readonly error: number;
  /** Seconds for graph and weights, for plan, pipelines and upload, and for the run. */
  readonly times: readonly [load: number, compile: number, run: number];
}

/** @throws Error when the block or network does not run */
export async function runFixture(id: string, device: Device): Promise<Finding> {
  const isBlock = Object.hasOwn(BLOCK_GOLDENS, id);
  const { error, statistics } = isBlock
    ? await measureGolden(buildBlock(id), BLOCK_GOLDENS[id], device)
    : await measureGolden(id, NETWORK_GOLDENS[id], device);
  device.check();
  const { loadMs, compileMs, firstRunMs } = statistics;
  return {
    passed: error <= (isBlock ? BLOCK_TOLERANCE : NETWORK_TOLERANCE),
    error,
    times: [loadMs / 1000, compileMs / 1000, (firstRunMs ?? 0) / 1000],
  };
}
