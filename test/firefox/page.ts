/** The tests that run in Firefox, as functions on its page: `scripts/test-firefox.js` calls them. */
import { openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { createModel } from "../../src/model.ts";
import { ALL_CASES } from "../cases.ts";
import { NETWORK_GOLDENS, compareWithGolden } from "../goldens.ts";
import type { Golden } from "../goldens.ts";
import { runHalfCase } from "../gpu/half-case.ts";
import { runCase } from "../gpu/run-case.ts";
import { runAutoCase } from "./auto-case.ts";
import { AUTO_RUNS } from "./auto-runs.ts";
import { HALF_RUNS } from "./half-runs.ts";

export interface Verdict {
  /** The message of the error; absent when the test passed. */
  readonly error?: string;
  /** Whether the graph was refused, as it has to be: a part of the tests that passed. */
  readonly refused?: boolean;
}

/** What the page offers to the script that drives it. */
export interface FirefoxTests {
  readonly names: readonly string[];
  /** Features and names of the adapter that computes them. @throws DeviceError when there is none */
  adapter(): Promise<string>;
  /** Runs test `index`. */
  run(index: number): Promise<Verdict>;
}

interface PageTest {
  readonly name: string;
  readonly run: (device: Device) => Promise<Verdict>;
}

/** Greatest error of a network in 16-bit floats, as a part of the greatest logit in float32. */
const NETWORK_TOLERANCE = 4e-3;

async function runNetwork(device: Device, id: string, precision: "f16" | "auto"): Promise<Verdict> {
  const { input, golden } = NETWORK_GOLDENS[id];
  const options = { device, precision, autoPrecision: { software: true } };
  const model = await createModel(id, "synthetic", options);
  const { logits } = await model.run(syntheticInput(input));
  const reason = model.statistics.precisionReason ?? "";
  model.dispose();
  if (model.precision !== "f16") return { error: `stored in f32: ${reason}` };
  const { maxError, maxAbs } = compareWithGolden(logits, golden as Golden);
  if (maxError <= NETWORK_TOLERANCE * maxAbs) return {};
  const part = (maxError / maxAbs).toExponential(1);
  return { error: `off by ${part} of the greatest logit, allowed are ${NETWORK_TOLERANCE}` };
}

const tests: readonly PageTest[] = [
  ...ALL_CASES.map((case_) => ({
    name: `f32 ${case_.name}`,
    run: async (device: Device) => (await runCase(device, case_), {}),
  })),
  ...ALL_CASES.map((case_) => ({
    name: `f16 ${case_.name}`,
    run: async (device: Device) => ({ refused: !(await runHalfCase(device, case_)) }),
  })),
  ...ALL_CASES.map((case_) => ({
    name: `auto ${case_.name}`,
    run: async (device: Device) => (await runAutoCase(device, case_), {}),
  })),
  ...HALF_RUNS.map(({ name, run: check }) => ({
    name: `f16 ${name}`,
    run: async (device: Device) => (await check(device), {}),
  })),
  ...AUTO_RUNS.map(({ name, run: check }) => ({
    name: `auto ${name}`,
    run: async (device: Device) => (await check(device), {}),
  })),
  ...["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small"].flatMap((id) =>
    (["f16", "auto"] as const).map((precision) => ({
      name: `${precision} network ${id}`,
      run: (device: Device) => runNetwork(device, id, precision),
    })),
  ),
];

/** One device for all tests, so that they share pipelines. */
let shared = openDevice();

async function runOn(device: Device, { run }: PageTest): Promise<Verdict> {
  try {
    const verdict = await run(device);
    device.check();
    return verdict;
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

async function run(index: number): Promise<Verdict> {
  const current = shared;
  const device = await current;
  const verdict = await runOn(device, tests[index]);
  if (!device.failure) return verdict;
  // Tests run side by side, and whichever of them broke the device: alone, each answers for itself.
  if (shared === current) shared = openDevice();
  const own = await openDevice();
  try {
    return await runOn(own, tests[index]);
  } finally {
    own.destroy();
  }
}

async function adapter(): Promise<string> {
  const { vendor, architecture, description, features } = (await shared).adapter;
  const names = [vendor, architecture, description].filter(Boolean);
  return `${names.join(" ") || "without a name"}, ${features.join(" ")}`;
}

const offered: FirefoxTests = { names: tests.map(({ name }) => name), adapter, run };
Object.assign(window, { lightfuseTests: offered });
