/** `npm run bench:scaling`: how the time of a network grows with batch, resolution and width. */
import { digits, markdownTable } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { type About, aboutOf, describeAbout, writeResult } from "./results.ts";
import { openRunner, RUNNER_FLAGS } from "./runner.ts";
import type { RunTime, ScaledNetwork } from "./scaling/time-runs.ts";

const NETWORK = "mobilenet_v2";
const ROUNDS = 5;
const SERIES = ["batch", "inputSize", "width"] as const;
type Series = (typeof SERIES)[number];

const DEFAULTS: Readonly<Record<Series, readonly number[]>> = {
  batch: [1, 2, 4, 8],
  inputSize: [128, 160, 192, 224, 256, 288, 320],
  width: [0.5, 0.75, 1, 1.4],
};

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:scaling -- [network] [options]\n" +
    `Milliseconds and GFLOP/s of a network (${NETWORK}) by batch, resolution and width.`,
  values: {
    batch: `images (${DEFAULTS.batch.join(",")})`,
    inputSize: `pixels (${DEFAULTS.inputSize.join(",")})`,
    width: `factors on the channels (${DEFAULTS.width.join(",")})`,
    series: `of ${SERIES.join(",")}`,
    rounds: `in each, all sizes run one after the other (${ROUNDS})`,
  },
  flags: { ...RUNNER_FLAGS, json: "print JSON" },
};

export interface ScalingRow {
  readonly series: Series;
  readonly value: number;
  /** A string says why it did not run. */
  readonly time: RunTime | string;
}

export interface ScalingResult extends About {
  readonly network: string;
  readonly rounds: number;
  readonly rows: readonly ScalingRow[];
}

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  const [network = NETWORK] = options.names;
  const wanted = options.list("series") ?? SERIES;
  const rounds = options.count("rounds", ROUNDS);
  const runner = await openRunner(options.has("browser"));
  try {
    const rows: ScalingRow[] = [];
    for (const series of SERIES.filter((name) => wanted.includes(name))) {
      const values = options.list(series)?.map(Number) ?? DEFAULTS[series];
      const networks = values.map((value): ScaledNetwork => ({ network, [series]: value }));
      const times = await runner.probes.timeRuns(networks, rounds);
      rows.push(...times.map((time, i) => ({ series, value: values[i], time })));
      console.error(`bench: ${network} by ${series}: done`);
    }
    const about = aboutOf("scaling", runner, "bench:scaling", given);
    const result: ScalingResult = { ...about, network, rounds, rows };
    const markdown = formatScaling(result);
    writeResult("scaling", result, markdown);
    console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
  } finally {
    await runner.close();
  }
}

/** GFLOP/s of a run; a multiply-add is two operations. */
export function runGflops({ macs, ms }: Pick<RunTime, "macs" | "ms">): number {
  return (2e-6 * macs) / ms;
}

function formatScaling(result: ScalingResult): string {
  const { network, rounds, rows } = result;
  const first = rows.find(({ time }) => typeof time !== "string")?.time as RunTime | undefined;
  const of =
    (text: (time: RunTime, row: ScalingRow) => string) =>
    (row: ScalingRow): string =>
      typeof row.time === "string" ? row.time : text(row.time, row);
  const images = ({ series, value }: ScalingRow): number => (series === "batch" ? value : 1);
  return [
    `# ${network} by size on ${result.adapter}`,
    "",
    describeAbout(result),
    `Whole runs with upload and readback, medians of ${rounds} rounds; ms: ${first?.unit ?? "time"}.`,
    "",
    markdownTable<ScalingRow>(
      [
        { title: "by", left: true, cell: ({ series }) => series },
        { title: "value", cell: ({ value }) => value },
        { title: "MMAC", cell: of(({ macs }) => (macs / 1e6).toFixed(0)) },
        { title: "dispatches", cell: of(({ dispatches }) => String(dispatches)) },
        { title: "ms", cell: of(({ ms }) => digits(ms)) },
        { title: "ms an image", cell: of(({ ms }, row) => digits(ms / images(row))) },
        { title: "wall ms", cell: of(({ wallMs }) => digits(wallMs)) },
        { title: "GFLOP/s", cell: of((time) => digits(runGflops(time))) },
        { title: "arena, MB", cell: of(({ arenaBytes }) => (arenaBytes / 1e6).toFixed(1)) },
      ],
      rows,
    ),
  ].join("\n");
}
