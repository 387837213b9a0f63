/** Says in numbers and words what a plan does. */
import type { Plan } from "./compiler/plan.ts";
import { formatShape } from "./graph/tensor.ts";
import type { Shape } from "./graph/tensor.ts";
import { namedShape } from "./inspect.ts";
import type { NamedShape } from "./inspect.ts";

export interface ExplainedDispatch {
  readonly index: number;
  readonly label: string;
  readonly kernel: string;
  readonly nodes: readonly string[];
  readonly fused: Readonly<Record<string, readonly string[]>>;
  readonly shape: Shape;
  readonly workgroups: readonly number[];
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly weightBytes: number;
  readonly macs: number;
  readonly copy?: string;
}

/** The plan of a model, for people and scripts. Bytes and counts; arena bytes as allocated. */
export interface Explanation {
  readonly name: string;
  readonly outputs: readonly NamedShape[];
  /** Those of a run with tensors of the host. */
  readonly dispatches: readonly ExplainedDispatch[];
  /** Dispatches that only move data, and why; empty when structure costs nothing. */
  readonly copies: readonly {
    readonly index: number;
    readonly label: string;
    readonly reason: string;
  }[];
  readonly arenaBytes: number;
  /** The most bytes that are live at once: no arena can be smaller. */
  readonly lowerBoundBytes: number;
  readonly weightBytes: number;
  readonly parameters: number;
  readonly macs: number;
}

export function explain(plan: Plan): Explanation {
  const { name, arenaBytes, lowerBoundBytes, weightBytes, parameters, macs } = plan;
  const bytes = (ranges: readonly { bytes: number }[]): number =>
    ranges.reduce((sum, range) => sum + range.bytes, 0);
  const dispatches = plan.dispatches
    .filter(({ when }) => when === "always")
    .map((dispatch, index): ExplainedDispatch => ({
      index,
      label: dispatch.label,
      kernel: dispatch.kernel,
      nodes: dispatch.nodes,
      fused: Object.fromEntries(
        Object.entries(dispatch.fused).filter(([, list]) => list.length > 0),
      ),
      shape: dispatch.shape,
      workgroups: dispatch.workgroups,
      readBytes: bytes(dispatch.reads),
      writeBytes: bytes(dispatch.writes),
      weightBytes: dispatch.weightBytes,
      macs: dispatch.macs,
      ...(dispatch.copy === undefined ? {} : { copy: dispatch.copy }),
    }));
  const copies = dispatches.flatMap(({ index, label, copy }) =>
    copy === undefined ? [] : [{ index, label, reason: copy }],
  );
  const outputs = plan.outputs.map(namedShape);
  const sizes = { arenaBytes, lowerBoundBytes, weightBytes, parameters, macs };
  return { name, outputs, dispatches, copies, ...sizes };
}

/** An explanation as a table of text, a row a dispatch. */
export function formatExplanation(explanation: Explanation): string {
  const { name, dispatches, copies, arenaBytes, lowerBoundBytes, weightBytes, macs } = explanation;
  const header = [
    "#",
    "kernel",
    "fused",
    "shape",
    "KB in",
    "KB out",
    "KB weights",
    "MMAC",
    "first node",
  ];
  const kilobytes = (bytes: number): string => (bytes / 1024).toFixed(1);
  const rows = dispatches.map((row) => [
    String(row.index),
    row.kernel,
    Object.entries(row.fused)
      .map(([slot, list]) => `${slot === "load_x" ? "load: " : ""}${list.join(" ")}`)
      .join("; "),
    formatShape(row.shape),
    kilobytes(row.readBytes),
    kilobytes(row.writeBytes),
    kilobytes(row.weightBytes),
    (row.macs / 1e6).toFixed(2),
    row.label,
  ]);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i].length)),
  );
  const isNumber = [true, false, false, true, true, true, true, true, false];
  const line = (row: string[]): string =>
    row
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd();
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(2)} MB`;
  const ratio = lowerBoundBytes > 0 ? (arenaBytes / lowerBoundBytes).toFixed(3) : "1.000";
  return [
    `${name}: ${dispatches.length} dispatches, ${copies.length} of them copies, ${(macs / 1e6).toFixed(1)} MMAC`,
    `arena ${megabytes(arenaBytes)}, ${ratio} x the liveness lower bound of ${megabytes(lowerBoundBytes)}; weights ${megabytes(weightBytes)}`,
    ...explanation.outputs.flatMap(({ name: output, shape, variable }) =>
      variable
        ? [`output "${output}": up to ${formatShape(shape)}, its rows depend on the data`]
        : [],
    ),
    "",
    line(header),
    ...rows.map(line),
    ...(copies.length > 0 ? ["", "copies:"] : []),
    ...copies.map(({ index, label, reason }) => `  #${index} ${label}: ${reason}`),
  ].join("\n");
}
