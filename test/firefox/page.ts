/** The tests that run in Firefox, as functions on its page: `scripts/test-firefox.js` calls them. */
import { openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import { ALL_CASES } from "../cases.ts";
import { runCase } from "../gpu/run-case.ts";

/** What the page offers to the script that drives it. */
export interface FirefoxTests {
  readonly names: readonly string[];
  /** Which adapter computes them. @throws DeviceError when there is none */
  adapter(): Promise<string>;
  /** Runs test `index`; the message of its error, or null. */
  run(index: number): Promise<string | null>;
}

interface PageTest {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

const tests: readonly PageTest[] = [
  ...ALL_CASES.map((case_) => ({
    name: `f32 ${case_.name}`,
    run: (device: Device) => runCase(device, case_),
  })),
];

/** One device for all tests, until one of them breaks it. */
let shared: Promise<Device> | null = null;

async function run(index: number): Promise<string | null> {
  const device = await (shared ??= openDevice());
  try {
    await tests[index].run(device);
    device.check();
    return null;
  } catch (error) {
    if (device.failure) shared = null;
    return error instanceof Error ? error.message : String(error);
  }
}

async function adapter(): Promise<string> {
  const { adapter: found } = await (shared ??= openDevice());
  const { vendor, architecture, description, features } = found;
  return `${vendor} ${architecture} ${description}: ${features.join(" ")}`.trim();
}

const offered: FirefoxTests = { names: tests.map(({ name }) => name), adapter, run };
Object.assign(window, { lightfuseTests: offered });
