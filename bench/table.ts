/** The comparison as a Markdown table. */
import { digits, markdownTable, times } from "./markdown.ts";
import type { PeerResult, Row } from "./rows.ts";
import { describeAbout } from "./results.ts";

export function formatHeading(result: PeerResult): string {
  const { network, weights, inputShape, adapter, rounds, runs } = result;
  return [
    `# ${network} on ${adapter}`,
    "",
    `${describeAbout(result)} Weights ${weights}, input ${inputShape.join(" x ")}.`,
    `Medians of ${rounds} rounds; in each, every engine ran once in its own browser, up to ${runs} runs after`,
    "warming up. CPU time is that of the whole browser. Ratios are to lightfuse in the same round.",
  ].join("\n");
}

interface FigureColumn {
  readonly title: string;
  readonly figure: string;
  /** Of the number in the file, or of its ratio to lightfuse. */
  readonly of?: "ratio";
  readonly format: (value: number) => string;
}

const seconds = (value: number): string => (value / 1000).toFixed(1);
const megabytes = (value: number): string => (value / 1e6).toFixed(2);

const COLUMNS: readonly FigureColumn[] = [
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
  const columns = COLUMNS.map(({ title, figure: name, of, format }) => ({
    title,
    cell({ figures }: Row): string | undefined {
      const figure = figures[name];
      const value = of ? figure?.ratio : figure?.value;
      return value === undefined ? undefined : format(value);
    },
  }));
  const engine = {
    title: "engine",
    left: true as const,
    cell: ({ title, version }: Row) => `${title} ${version}`,
  };
  const failures = rows.filter(({ failure }) => failure !== undefined);
  return [
    markdownTable([engine, ...columns], rows),
    ...(failures.length > 0 ? [""] : []),
    ...failures.map(({ title, failure }) => `- ${title} failed: ${failure}`),
  ].join("\n");
}
