/** `lightfuse run`: inputs through a model, and what comes out of it. */
import { join } from "node:path";
import { formatNpy, topClasses, type AdapterDescription, type Tensor } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { Failure } from "./failure.ts";
import { makeFolder, writeBytes } from "./files.ts";
import { INPUT, INPUT_NOTES, PREPROCESS_OPTION, readInputs } from "./inputs.ts";
import type { RunResult } from "./job.ts";
import { readLabels } from "./labels.ts";
import { findModel, titleOf, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, print, printJson } from "./print.ts";
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatScores,
  median,
  plural,
  table,
} from "./text.ts";

/** Without `--runs` a slow model is run less often. */
export const DEFAULT_RUNS = { runs: 5, budgetMs: 4000 };
const TOP = 5;

type NamedTensor = RunResult["outputs"][number];

/** One of the highest scores of an output. */
interface TopRow {
  readonly output: string;
  readonly index: number;
  /** null without `--labels` */
  readonly label: string | null;
  readonly score: number;
}

/** What `--json` prints. */
export interface RunReport {
  readonly adapter: AdapterDescription;
  /** `file` is what `--output` wrote, else null. */
  readonly outputs: readonly { name: string; shape: readonly number[]; file: string | null }[];
  readonly loadMs: number;
  readonly compileMs: number;
  readonly firstMs: number;
  /** Of the runs after the first; null when there are none. */
  readonly medianMs: number | null;
  /** Of one run, as are passes and submits. */
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly weightBytes: number;
  readonly activationBytes: number;
  /** Of every output of one row, such as [1, n]; no softmax is applied. */
  readonly top: readonly TopRow[];
}

export const run: Command = {
  name: "run",
  summary: "run a model on inputs and show, or write, its outputs",
  operands: [MODEL],
  options: [
    INPUT,
    PREPROCESS_OPTION,
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
    const model = findModel(given);
    const inputs = await readInputs(given, model);
    const result = await execute({ task: "run", model, inputs, ...timing }, given);
    const { adapter } = result;
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
      top: done.outputs.flatMap((output) => topRows(output, top, labels)),
    };
    if (given.has("json")) printJson(report);
    else print(formatReport(titleOf(model), report, done));
    return undefined;
  },
};

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
    throw new Failure(`--labels has ${labels.length} names, but "${name}" has ${classes} classes`);
  }
  return topClasses(output, count, labels).map(({ index, score }) => ({
    output: name,
    index,
    label: labels?.[index] ?? null,
    score,
  }));
}

function formatReport(model: string, report: RunReport, result: RunResult): string {
  const rows = result.outputs.map((output, i) => {
    const { file } = report.outputs[i];
    return [`  ${output.name}`, ...describe(output), file === null ? "" : `-> ${file}`];
  });
  return [
    `${model} on ${formatAdapter(report.adapter)}`,
    `\noutputs:\n${table(rows)}`,
    ...formatTop(report.top),
    "",
    formatTimes(result),
    formatCost(result),
  ].join("\n");
}

/** `load 12.3 ms, compile 456 ms, first run 78.9 ms, median of 5 runs 65.4 ms` */
export function formatTimes({ loadMs, compileMs, firstMs, times }: RunResult): string {
  const parts = [`load ${formatMs(loadMs)}`, `compile ${formatMs(compileMs)}`];
  parts.push(`first run ${formatMs(firstMs)}`);
  if (times.length > 0) {
    parts.push(`median of ${plural(times.length, "run")} ${formatMs(median(times))}`);
  }
  return parts.join(", ");
}

/** `54 dispatches, 1 pass, 1 submit a run; weights 13.3 MiB, activations 4.59 MiB` */
export function formatCost(result: RunResult): string {
  const { dispatches, passes, submits, weightBytes, activationBytes } = result;
  const counts = [
    plural(dispatches, "dispatch"),
    passes === 1 ? "1 pass" : `${passes} passes`,
    plural(submits, "submit"),
  ];
  const memory = `weights ${formatBytes(weightBytes)}, activations ${formatBytes(activationBytes)}`;
  return `${counts.join(", ")} a run; ${memory}`;
}

function describe({ shape, data }: Tensor): string[] {
  let least = Infinity;
  let most = -Infinity;
  let odd = 0;
  for (const value of data) {
    if (!Number.isFinite(value)) odd++;
    else {
      if (value < least) least = value;
      if (value > most) most = value;
    }
  }
  const range = least <= most ? `${formatNumber(least)} .. ${formatNumber(most)}` : "";
  return [shape.join(" x ") || "scalar", `${range}${odd > 0 ? `, ${odd} not finite` : ""}`];
}

function formatTop(top: readonly TopRow[]): string[] {
  const names = [...new Set(top.map(({ output }) => output))];
  return names.flatMap((name) => {
    const rows = top.filter(({ output }) => output === name);
    const scores = formatScores(rows.map(({ score }) => score));
    const cells = rows.map(({ index, label }, i) => [`  ${index}`, label ?? "", scores[i]]);
    return [`\nhighest of ${name}:`, table(cells, [0, 2])];
  });
}
