/** What `lightfuse run` tells: as data for scripts, and in words. */
import type { AdapterDescription, Tensor } from "../src/index.ts";
import { formatAdapter } from "./device.ts";
import type { RunResult } from "./job.ts";
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatScores,
  median,
  plural,
  table,
} from "./text.ts";

export type NamedTensor = RunResult["outputs"][number];

/** One of the highest scores of an output. */
export interface TopRow {
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
  /** How numbers were stored in the last run. */
  readonly precision: RunResult["precision"];
  /** Why, with `--precision auto`; else null. */
  readonly precisionReason: string | null;
  /** Of every output of one row, such as [1, n]; no softmax is applied. */
  readonly top: readonly TopRow[];
}

/** In words, below a headline. */
export function formatReport(model: string, report: RunReport, result: RunResult): string {
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
    ...(result.precisionReason === null
      ? []
      : [`stored in ${result.precision}: ${result.precisionReason}`]),
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
