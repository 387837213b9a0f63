/** `lightfuse tune`: which kernel is the fastest for each layer of a model on this device. */
import type { KernelTuning } from "../src/index.ts";
import type { Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { writeBytes } from "./files.ts";
import { findModel, titleOf, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, note, print, printJson } from "./print.ts";
import { formatMs, plural, table } from "./text.ts";

const ROUNDS = 9;

export const tune: Command = {
  name: "tune",
  summary: "time the kernels that can compute each layer, and choose the fastest",
  operands: [MODEL],
  options: [
    { name: "out", value: "<file>", help: "write the table, for run --tuning and load" },
    { name: "rounds", value: "<n>", help: `times that each kernel is timed; ${ROUNDS}` },
    {
      name: "budget",
      value: "<seconds>",
      help: "stop then; layers that take most of the time are first",
    },
    WEIGHTS,
    BROWSER,
    JSON_OPTION,
  ],
  notes: `${MODEL_NOTES}
A network is tuned with synthetic weights when none are given.\n
A row is one kind of layer: the milliseconds of one of them by the fastest kernel, and by the one
that is taken where nothing was tuned. A table serves this adapter and this version only.\n
examples:
  lightfuse tune mobilenet_v2.onnx --out table.json
  lightfuse run mobilenet_v2.onnx --input cat.jpg --tuning table.json`,

  async execute(given) {
    const rounds = given.count("rounds", ROUNDS);
    const budgetMs = given.has("budget") ? given.count("budget", 0) * 1000 : undefined;
    const model = findModel(given, "synthetic");
    const result = await execute(
      { task: "tune", model, inputs: [], runs: rounds, budgetMs },
      given,
    );
    const tuning = result.tune!;
    const file = given.text("out");
    if (file !== undefined) {
      writeBytes(file, new TextEncoder().encode(`${JSON.stringify(tuning, null, 1)}\n`));
    }
    if (given.has("json")) printJson(tuning);
    else {
      if (!result.adapter.features.includes("timestamp-query")) {
        note("the adapter has no timestamps: each time includes a submit");
      }
      print(`${titleOf(model)} on ${formatAdapter(result.adapter)}\n\n${formatTuning(tuning)}`);
    }
    return undefined;
  },
};

function formatTuning({ sites }: KernelTuning): string {
  const rows = sites.map(({ site, nodes, times }) => {
    const [first] = times;
    const best = times.reduce((a, b) => (b.ms < a.ms ? b : a));
    return { site, count: nodes.length, first, best };
  });
  const cells = rows.map(({ site, count, first, best }) => [
    String(count),
    best.ms.toFixed(3),
    variantText(best.variant),
    first.ms.toFixed(3),
    best === first ? "the same" : variantText(first.variant),
    (first.ms / best.ms).toFixed(2),
    site,
  ]);
  const head = ["layers", "ms", "fastest", "ms", "first choice", "ratio", "site"];
  const sum = (msOf: (row: (typeof rows)[number]) => number): number =>
    rows.reduce((total, row) => total + row.count * msOf(row), 0);
  const [before, after] = [sum(({ first }) => first.ms), sum(({ best }) => best.ms)];
  const ratio = (before / after).toFixed(2);
  const summary = `${plural(rows.length, "site")}: ${formatMs(before)} by first choices, ${formatMs(after)} tuned, ${ratio}x`;
  return `${table([head, ...cells], [0, 1, 3, 5])}\n\n${summary}`;
}

/** `pointwise pixels=7 quads=4 workgroup=8` */
function variantText(variant: KernelTuning["choices"][string]): string {
  const { kernel, ...shape } = variant;
  const fields = Object.entries(shape).map(([name, value]) => `${name}=${String(value)}`);
  return [kernel, ...fields].join(" ");
}
