/** Curves of a network's time and speed by batch, resolution and width. */
import { runGflops, type ScalingResult } from "../scaling.ts";
import type { RunTime } from "../scaling/time-runs.ts";
import { lineChart } from "./line-chart.ts";
import { card } from "./parts.ts";

const LABELS = { batch: "images", inputSize: "pixels", width: "factor on channels" } as const;
const NAMES = { batch: "batch", inputSize: "resolution", width: "width" } as const;

type Series = keyof typeof LABELS;

interface Quantity {
  readonly label: string;
  readonly colour: string;
  readonly of: (time: RunTime, series: Series, value: number) => number;
}

const QUANTITIES: readonly Quantity[] = [
  {
    label: "ms an image",
    colour: "c0",
    of: ({ ms }, series, value) => (series === "batch" ? ms / value : ms),
  },
  { label: "GFLOP/s", colour: "c2", of: (time) => runGflops(time) },
];

export function scalingCharts({ network, rows }: ScalingResult): string {
  const charts = (Object.keys(LABELS) as Series[]).flatMap((series) => {
    const measured = rows.flatMap(({ series: name, value, time }) =>
      name === series && typeof time !== "string" ? [{ value, time }] : [],
    );
    if (measured.length === 0) return [];
    return QUANTITIES.map(({ label, colour, of }) => {
      const points = measured.map(({ value, time }) => [value, of(time, series, value)] as const);
      const name = `${network}: ${label} by ${NAMES[series]}`;
      return card(name, lineChart({ name, xLabel: LABELS[series], yLabel: label, colour, points }));
    });
  });
  return `<div class="cards small">${charts.join("\n")}</div>`;
}
