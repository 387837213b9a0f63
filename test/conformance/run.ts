/** Runs one ONNX node test on the GPU, by `load` and `run` as users do. */
import type { Device } from "../../src/gpu/device.ts";
import { FormatError } from "../../src/graph/errors.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import type { Model } from "../../src/loaded-model.ts";
import { compareOutput } from "./compare.ts";
import { listSets, readTensors } from "./data.ts";
import type { NodeTest, Tensors } from "./data.ts";

export type Outcome =
  | {
      readonly status: "passed";
      /** The greatest absolute error of all outputs. */
      readonly maxError: number;
      /** Inputs that the importer wants to know before a run. */
      readonly constants: readonly string[];
      /** Whether anything was left to compute during the run. */
      readonly dispatches: number;
    }
  | {
      readonly status: "unsupported" | "failed";
      readonly reason: string;
    };

/** The input that an importer's message asks to be a constant. */
const WANTED = /input \d+ "([^"]+)" depends on the data, expected a constant/;

interface Loaded {
  readonly model: Model;
  readonly constants: readonly string[];
}

/** Loads with every input real but those that the importer asks for, one after the other. */
async function loadTest(test: NodeTest, device: Device, inputs: Tensors): Promise<Loaded> {
  const constants: string[] = [];
  for (;;) {
    const inputValues = Object.fromEntries(constants.map((name) => [name, inputs[name]]));
    const real = Object.entries(inputs).filter(([name]) => !constants.includes(name));
    const inputShapes: Record<string, Shape> = Object.fromEntries(
      real.map(([name, { shape }]) => [name, shape]),
    );
    try {
      const options = { device, name: "model.onnx", inputShapes, inputValues };
      return { model: await load(test.bytes, options), constants };
    } catch (error) {
      const wanted = WANTED.exec((error as Error).message)?.[1];
      if (wanted === undefined || !(wanted in inputs) || constants.includes(wanted)) throw error;
      constants.push(wanted);
    }
  }
}

/** What the library cannot hold the library must reject, before this program sees a number. */
async function readInputs(test: NodeTest, device: Device, set: string): Promise<Tensors> {
  try {
    return readTensors(test, set, "input");
  } catch (error) {
    await loadTest(test, device, {});
    throw new Error("the model is read, but its inputs are not", { cause: error });
  }
}

function compareAll(test: NodeTest, actual: Tensors, expected: Tensors): number {
  const errors = test.outputs.map((output) => {
    const { name } = output;
    if (!(name in actual)) throw new Error(`output "${name}" is missing`);
    return compareOutput(output, actual[name], expected[name]);
  });
  return Math.max(0, ...errors);
}

async function runSet(test: NodeTest, device: Device, set: string): Promise<Outcome> {
  const inputs = await readInputs(test, device, set);
  const { model, constants } = await loadTest(test, device, inputs);
  try {
    const feeds = Object.fromEntries(model.inputs.map(({ name }) => [name, inputs[name]]));
    const outputs = await model.run(feeds);
    const maxError = compareAll(test, outputs, readTensors(test, set, "output"));
    return { status: "passed", maxError, constants, dispatches: model.statistics.dispatches };
  } finally {
    model.dispose();
  }
}

/** Loads, runs and compares; only what the importer rejects as such is unsupported. */
export async function runTest(test: NodeTest, device: Device): Promise<Outcome> {
  // What the test before reported must not count for this one.
  device.failure = null;
  let outcome: Outcome = { status: "failed", reason: "it has no data" };
  try {
    for (const set of listSets(test)) outcome = await runSet(test, device, set);
    device.check();
    return outcome;
  } catch (error) {
    if (!(error instanceof FormatError)) return { status: "failed", reason: String(error) };
    return { status: "unsupported", reason: error.message };
  }
}
