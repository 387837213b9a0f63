/** The comparison as a Markdown table. */
import type { Row } from "./report.ts";

/** What was measured, on what, and with which command. */
export interface About {
  readonly network: string;
  readonly weights: string;
  readonly inputShape: readonly number[];
  readonly adapter: string;
  readonly browser: string;
  readonly date: string;
  readonly rounds: number;
  readonly runs: number;
  readonly command: string;
}

export function formatHeading(about: About): string {
  const { network, weights, inputShape, adapter, browser, date, rounds, runs, command } = about;
  return [
    `# ${network} on ${adapter}`,
    "",
    `\`${command}\`, ${date}, ${browser}. Weights ${weights}, input ${inputShape.join(" x ")}.`,
    `Medians of ${rounds} rounds; in each, every engine ran once in its own browser, up to ${runs} runs after`,
    "warming up. CPU time is that of the whole browser. Ratios are to lightfuse in the same round.",
  ].join("\n");
}

interface Column {
  readonly title: string;
  readonly figure: string;
  /** Of the number in the file, or of its ratio to lightfuse. */
  readonly of?: "ratio";
  readonly format: (value: number) => string;
}

const digits = (value: number): string => {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
};
const times = (value: number): string => `${digits(value)}x`;
const seconds = (value: number): string => (value / 1000).toFixed(1);
const megabytes = (value: number): string => (value / 1e6).toFixed(2);

const COLUMNS: readonly Column[] = [
  { title: "run, CPU-ms", figure: "runCpuMs", format: digits },
  { title: "ratio", figure: "runCpuMs", of: "ratio", format: times },
  { title: "run, wall ms", figure: "runMs", format: digits },
  { title: "ratio", figure: "runMs", of: "ratio", format: times },
  { title: "cold, CPU-s", figure: "coldCpuMs", format: seconds },
  { title: "ratio", figure: "coldCpuMs", of: "ratio", format: times },
  { title: "cold, wall s", figure: "coldMs", format: seconds },
  { title: "ratio", figure: "coldMs", of: "ratio", format: times },
  { title: "dispatches", figure: "dispatches", format: (n) => String(Math.round(n)) },
  { title: "passes", figure: "passes", format: (n) => String(Math.round(n)) },
  { title: "submits", figure: "submits", format: (n) => String(Math.round(n)) },
  { title: "pipelines", figure: "pipelines", format: String },
  { title: "peak GPU memory, MB", figure: "peakGpuBytes", format: megabytes },
  { title: "library, MB (gzip)", figure: "libraryGzip", format: megabytes },
  { title: "model, MB", figure: "modelBytes", format: megabytes },
  { title: "difference", figure: "difference", format: (n) => n.toExponential(1) },
];

/** The table, and below it why engines failed. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ title, version, figures }) => [
    `${title} ${version}`,
    ...COLUMNS.map(({ figure: name, of, format }) => {
      const figure = figures[name];
      const value = of ? figure?.ratio : figure?.value;
      return value === undefined ? "-" : format(value);
    }),
  ]);
  const line = (texts: readonly string[]): string => `| ${texts.join(" | ")} |`;
  const lines = [
    line(["engine", ...COLUMNS.map(({ title }) => title)]),
    line(["---", ...COLUMNS.map(() => "---:")]),
    ...cells.map(line),
  ];
  const failures = rows.filter(({ failure }) => failure !== undefined);
  if (failures.length > 0) lines.push("");
  for (const { title, failure } of failures) lines.push(`- ${title} did not run: ${failure}`);
  return lines.join("\n");
}
