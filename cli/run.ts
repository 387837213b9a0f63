/** `lightfuse run`: inputs through a model, and what comes out of it. */
import { join } from "node:path";
import { formatNpy, topClasses } from "../src/index.ts";
import type { Arguments, Command } from "./arguments.ts";
import { BROWSER, execute } from "./device.ts";
import { Failure } from "./failure.ts";
import { makeFolder, writeBytes } from "./files.ts";
import { BATCH, INPUT, INPUT_NOTES, PREPROCESS_OPTION, batchOf, readInputs } from "./inputs.ts";
import { readLabels } from "./labels.ts";
import { findModel, titleOf, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";
import { formatReport, type NamedTensor, type RunReport, type TopRow } from "./run-report.ts";
import { median, plural } from "./text.ts";
import { noteUnused, readTuning, TUNING } from "./tuning.ts";

/** Without `--runs` a slow model is run less often. */
export const DEFAULT_RUNS = { runs: 5, budgetMs: 4000 };
const TOP = 5;
const PRECISIONS = ["f32", "f16", "auto"] as const;

export const run: Command = {
  name: "run",
  summary: "run a model on inputs and show, or write, its outputs",
  operands: [MODEL],
  options: [
    INPUT,
    PREPROCESS_OPTION,
    BATCH,
    WEIGHTS,
    {
      name: "output",
      value: "<folder>",
      help: 'write <output name>.npy, float32, for each output; "/" becomes "_"',
    },
    {
      name: "top",
      value: "<k>",
      help: `how many of the highest scores of an output of one row to show; ${TOP}`,
    },
    { name: "labels", value: "<file>", help: "names of the classes: one a line, or a JSON array" },
    {
      name: "runs",
      value: "<n>",
      help: `timed runs after the first; ${DEFAULT_RUNS.runs}, fewer when they are slow`,
    },
    {
      name: "precision",
      value: "<type>",
      help: `how numbers are stored: ${PRECISIONS.join(", ")}; f32`,
    },
    TUNING,
    BROWSER,
    JSON_OPTION,
  ],
  notes: `${MODEL_NOTES}\n\n${INPUT_NOTES}\n
examples:
  lightfuse run mobilenet_v2.onnx --input cat.jpg --preprocess tf --labels labels.txt
  lightfuse run mobilenet_v2 --weights mobilenet_v2.safetensors --input cat.jpg
  lightfuse run squeezenet1_1 --weights synthetic --input synthetic --json`,

  async execute(given) {
    const top = given.count("top", TOP);
    const timing = given.has("runs") ? { runs: given.count("runs", 0, 0) } : DEFAULT_RUNS;
    const labels = given.has("labels") ? readLabels(given.text("labels")!) : undefined;
    const precision = precisionOf(given);
    const model = findModel(given);
    const inputs = await readInputs(given, model);
    const tuning = await readTuning(given);
    const result = await execute(
      { task: "run", model, inputs, batch: batchOf(given), tuning, precision, ...timing },
      given,
    );
    const { adapter } = result;
    noteUnused(result);
    const done = result.run!;
    const report: RunReport = {
      adapter,
      outputs: writeOutputs(done.outputs, given.text("output")),
      loadMs: done.loadMs,
      compileMs: done.compileMs,
      firstMs: done.firstMs,
      medianMs: done.times.length > 0 ? median(done.times) : null,
      dispatches: done.dispatches,
      passes: done.passes,
      submits: done.submits,
      weightBytes: done.weightBytes,
      activationBytes: done.activationBytes,
      precision: done.precision,
      precisionReason: done.precisionReason,
      top: done.outputs.flatMap((output) => topRows(output, top, labels)),
    };
    if (given.has("json")) printJson(report);
    else print(formatReport(titleOf(model), report, done));
    return undefined;
  },
};

/** @throws Failure for what is no precision */
function precisionOf(given: Arguments): (typeof PRECISIONS)[number] | undefined {
  const text = given.text("precision");
  if (text === undefined) return undefined;
  const found = PRECISIONS.find((name) => name === text);
  if (!found) throw new Failure(`--precision is "${text}", expected ${PRECISIONS.join(", ")}`);
  return found;
}

function writeOutputs(
  outputs: readonly NamedTensor[],
  folder: string | undefined,
): RunReport["outputs"] {
  if (folder !== undefined) makeFolder(folder);
  const files = new Set<string>();
  return outputs.map(({ name, shape, data }) => {
    if (folder === undefined) return { name, shape, file: null };
    const file = join(folder, `${name.replaceAll(/[^\w.:-]/g, "_")}.npy`);
    if (files.has(file)) throw new Failure(`two outputs would be written to "${file}"`);
    files.add(file);
    writeBytes(file, formatNpy({ shape, dtype: "float32", data: Float32Array.from(data) }));
    return { name, shape, file };
  });
}

function topRows(output: NamedTensor, count: number, labels?: readonly string[]): TopRow[] {
  const { name, shape, data } = output;
  const classes = data.length;
  // [1, n], and [1, n, 1, 1] as some networks end.
  const isRow = shape.length >= 2 && shape[0] === 1 && shape.includes(classes);
  if (!isRow || classes < 2) return [];
  if (labels && labels.length !== classes) {
    const names = plural(labels.length, "name");
    throw new Failure(`--labels has ${names}, but "${name}" has ${classes} classes`);
  }
  return topClasses(output, count, labels).map(({ index, score }) => ({
    output: name,
    index,
    label: labels?.[index] ?? null,
    score,
  }));
}
