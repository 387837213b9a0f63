/** `lightfuse profile`: milliseconds of each dispatch. */
import type { Profile } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { BATCH, INPUT, INPUT_NOTES, PREPROCESS_OPTION, batchOf, readInputs } from "./inputs.ts";
import { findModel, titleOf, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, note, print, printJson } from "./print.ts";
import { formatCount, formatMs, plural, table } from "./text.ts";

const RUNS = 5;

export const profile: Command = {
  name: "profile",
  summary: "show the milliseconds of each dispatch",
  operands: [MODEL],
  options: [
    INPUT,
    PREPROCESS_OPTION,
    BATCH,
    WEIGHTS,
    { name: "runs", value: "<n>", help: `runs to take the median of; ${RUNS}` },
    BROWSER,
    JSON_OPTION,
  ],
  notes: `${MODEL_NOTES}
A network is timed with synthetic weights when none are given.\n
${INPUT_NOTES}\n
--json prints adapter, rows (an array of { label, kernel, ms, macs }), totalMs and timestamps.`,

  async execute(given) {
    const runs = given.count("runs", RUNS);
    const model = findModel(given, "synthetic");
    const inputs = await readInputs(given, model);
    const result = await execute(
      { task: "profile", model, inputs, runs, batch: batchOf(given) },
      given,
    );
    const { adapter } = result;
    const timed = result.profile!;
    if (given.has("json")) printJson({ ...timed, adapter });
    else {
      if (!timed.timestamps) note("the adapter has no timestamps: each dispatch was timed alone");
      print(`${titleOf(model)} on ${formatAdapter(adapter)}\n\n${formatProfile(timed)}`);
    }
    return undefined;
  },
};

function formatProfile({ rows, totalMs }: Profile): string {
  const sum = rows.reduce((total, { ms }) => total + ms, 0);
  const cells = rows.map(({ label, kernel, ms, macs }, index) => [
    String(index),
    kernel,
    ms.toFixed(3),
    `${((100 * ms) / sum).toFixed(1)} %`,
    macs > 0 ? formatCount(macs) : "",
    macs > 0 && ms > 0 ? ((2 * macs) / ms / 1e6).toFixed(1) : "",
    label,
  ]);
  const head = ["#", "kernel", "ms", "share", "MACs", "GFLOP/s", "layer"];
  const summary = `${plural(rows.length, "dispatch")}, ${formatMs(totalMs)}`;
  return `${table([head, ...cells], [0, 2, 3, 4, 5])}\n\n${summary}`;
}
