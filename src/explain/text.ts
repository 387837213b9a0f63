/** An explanation as text for a terminal. */
import type { Decision, PaddingDecision } from "../compiler/plan.ts";
import { formatShape } from "../graph/tensor.ts";
import type { DispatchDetails, GraphExplanation, MemoryMap } from "./explanation.ts";
import { changesOf, linesOf } from "./snapshot.ts";

export interface TextOptions {
  /** What each pass did, between the graph before the first and after the last. */
  readonly passes?: boolean;
  /** Channel maps, decisions and the memory map. */
  readonly details?: boolean;
  /** The dispatch whose WGSL is shown. */
  readonly wgsl?: number;
}

/** @throws RangeError when there is no dispatch of that index */
export function formatText(explanation: GraphExplanation, options: TextOptions): string {
  const { passes, details, wgsl } = options;
  if (wgsl !== undefined) return formatShader(explanation, wgsl);
  return [
    ...summaryOf(explanation),
    ...(passes ? ["", ...formatPasses(explanation)] : []),
    "",
    ...formatDispatches(explanation.dispatches),
    ...(details ? formatDetails(explanation) : formatHints(explanation)),
    ...titled(
      "copies",
      explanation.copies,
      ({ index, label, reason }) => `#${index} ${label}: ${reason}`,
    ),
  ].join("\n");
}

/** Name, counts and the least time of a run. */
export function summaryOf({ name, dispatches, copies, ...rest }: GraphExplanation): string[] {
  const { memory, macs, weightBytes, peaks, shaders } = rest;
  const least = dispatches.reduce((sum, { bound }) => sum + bound.microseconds, 0);
  return [
    `${name}: ${dispatches.length} dispatches of ${shaders.length} shaders, ${copies.length} copies, ${(macs / 1e6).toFixed(1)} MMAC`,
    `arena ${megabytes(memory.arenaBytes)}, ${ratioOf(memory)} x the liveness lower bound of ${megabytes(memory.lowerBoundBytes)}; weights ${megabytes(weightBytes)}`,
    `at least ${(least / 1000).toFixed(2)} ms at ${peaks.gflops} GFLOP/s, ${peaks.gbPerSecond} GB/s and ${peaks.launchUs} us a launch`,
  ];
}

export function ratioOf({ arenaBytes, lowerBoundBytes }: MemoryMap): string {
  return lowerBoundBytes > 0 ? (arenaBytes / lowerBoundBytes).toFixed(3) : "1.000";
}

export function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(2)} MB`;
}

/** What rides on a dispatch: `load: mul; relu add`. */
export function formatFused({ fused }: DispatchDetails): string {
  return Object.entries(fused)
    .map(([slot, list]) => `${slot === "load_x" ? "load: " : ""}${list.join(" ")}`)
    .join("; ");
}

function formatDispatches(dispatches: readonly DispatchDetails[]): string[] {
  const head = ["#", "kernel", "fused", "shape", "KB", "MMAC", "op/B", "us", "by", "first node"];
  const rows = dispatches.map((row) => [
    String(row.index),
    row.kernel,
    formatFused(row),
    formatShape(row.shape),
    (row.bound.bytes / 1024).toFixed(1),
    (row.macs / 1e6).toFixed(2),
    row.bound.intensity.toFixed(1),
    row.bound.microseconds.toFixed(1),
    row.bound.by,
    row.label,
  ]);
  return table([head, ...rows], [0, 3, 4, 5, 6, 7]);
}

function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join("  ")
      .trimEnd(),
  );
}

function formatPasses({ before, passes, after }: GraphExplanation): string[] {
  return [
    `graph before the passes, ${before.nodes.length} nodes:`,
    ...linesOf(before).map((line) => `  ${line}`),
    ...passes.flatMap((explained) => {
      const { pass, nodesBefore, nodesAfter, graph } = explained;
      if (!graph) return [`pass ${pass}: no change`];
      const changes = changesOf(explained).map(({ sign, line }) => `  ${sign} ${line}`);
      return [`pass ${pass}: ${nodesBefore} -> ${nodesAfter} nodes`, ...changes];
    }),
    `graph after the passes, ${after.nodes.length} nodes:`,
    ...linesOf(after).map((line) => `  ${line}`),
  ];
}

/** That there is more to see. */
function formatHints({ channelMaps, tableReads, decisions, paddings }: GraphExplanation): string[] {
  const counts = [
    [channelMaps.length, "values with channels in other lanes"],
    [tableReads.length, "reads by a table"],
    [decisions.length, "decisions by cost"],
    [paddings.length, "choices between empty lanes and a copy"],
  ] as const;
  const shown = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return shown.length > 0 ? ["", shown.join(", ")] : [];
}

function formatDetails(explanation: GraphExplanation): string[] {
  const { channelMaps, tableReads, decisions, paddings, memory, dispatches } = explanation;
  return [
    ...titled(
      "channel maps",
      channelMaps,
      ({ value, summary, order }) => `${value}: ${summary}; ${order}`,
    ),
    ...titled(
      "reads by a table",
      tableReads,
      ({ dispatch, value, pieces }) =>
        `#${dispatch} ${dispatches[dispatch].label}: "${value}" lies in ${pieces} pieces`,
    ),
    ...titled("decisions by cost", decisions, formatDecision),
    ...titled("empty lanes or a copy", paddings, formatPadding),
    ...titled(
      "memory, bytes from .. to, dispatches from .. to",
      memory.allocations,
      ({ name, offset, bytes, first, last }) =>
        `${offset} .. ${offset + bytes}  #${first} .. #${last}  ${name}`,
    ),
  ];
}

/** `stage2.shuffle: copied, 7.2 us; its 48 channels in 192 lanes: 14.1 us` */
export function formatPadding({ value, choice, ...sizes }: PaddingDecision): string {
  const cost = (nanoseconds: number): string => `${(nanoseconds / 1000).toFixed(1)} us`;
  const lanes = `its ${sizes.channels} channels in ${sizes.lanes} lanes`;
  return choice === "copy"
    ? `${value}: copied, ${cost(sizes.copy)}; ${lanes}: ${cost(sizes.pad)}`
    : `${value}: ${lanes}, ${cost(sizes.pad)}; a copy: ${cost(sizes.copy)}`;
}

/** `gate: on the load of its readers, 12.0 us; as a dispatch 40.0 us; beside its input: not possible` */
export function formatDecision({ node, choice, ...costs }: Decision): string {
  const fused = [
    ["fused", "in one dispatch with the depthwise convolution that reads it"],
  ] as const;
  const elsewhere = [
    ["load", "on the loads of its readers"],
    ["fork", "stored beside its input"],
  ] as const;
  const ways = [
    ...(costs.fused === undefined ? elsewhere : fused),
    ["dispatch", "a dispatch of its own"],
  ] as const;
  const cost = (nanoseconds: number | null | undefined): string =>
    typeof nanoseconds !== "number" ? "not possible" : `${(nanoseconds / 1000).toFixed(1)} us`;
  const [chosen] = ways.filter(([key]) => key === choice);
  const others = ways.filter(([key]) => key !== choice);
  return [chosen, ...others]
    .map(
      ([key, what], i) =>
        `${i === 0 ? `${node}: ` : ""}${what}${i === 0 ? "," : ":"} ${cost(costs[key])}`,
    )
    .join("; ");
}

function formatShader({ dispatches, shaders }: GraphExplanation, index: number): string {
  const dispatch = dispatches.at(index);
  if (!dispatch) {
    throw new RangeError(`there is no dispatch ${index}, expected 0 to ${dispatches.length - 1}`);
  }
  const { label, kernel, nodes, workgroups, overrides } = dispatch;
  return [
    `// #${index} ${label} (${kernel}): ${nodes.join(", ")}`,
    `// workgroups ${workgroups.join(" x ")}; ${Object.entries(overrides)
      .map(([key, value]) => `${key} = ${value}`)
      .join(", ")}`,
    "",
    shaders[dispatch.shader],
  ].join("\n");
}

function titled<T>(title: string, list: readonly T[], format: (item: T) => string): string[] {
  return list.length > 0 ? ["", `${title}:`, ...list.map((item) => `  ${format(item)}`)] : [];
}
