/** An explanation as one HTML page: its style, pictures and data are all in it. */
import { formatShape } from "../graph/tensor.ts";
import type { GraphExplanation, PassExplanation } from "./explanation.ts";
import { drawBar, drawGraph, drawMemory } from "./draw.ts";
import { escapeHtml, htmlTable, scriptData } from "./html.ts";
import client from "./page-client.js?raw";
import style from "./page.css?raw";
import { changesOf } from "./snapshot.ts";
import { formatDecision, formatFused, formatPadding, megabytes, ratioOf } from "./text.ts";

export function pageOf(explanation: GraphExplanation): string {
  const { name, dispatches, shaders } = explanation;
  const title = escapeHtml(`${name}: what the compiler did`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>
${style}</style>
</head>
<body>
<header><h1>${escapeHtml(name)}</h1><p>What the compiler did, from the graph to ${dispatches.length} dispatches.</p>
${navigation()}</header>
<main>
${tiles(explanation)}
${section("dispatches", "Dispatches", dispatchSection(explanation))}
${section("memory", "Memory", memorySection(explanation))}
${section("graph", "Graph", graphSection(explanation))}
${section("passes", "Passes", passSection(explanation))}
${section("channels", "Channel maps", channelSection(explanation))}
${section("decisions", "Decisions by cost", decisionSection(explanation))}
</main>
<dialog id="detail" aria-labelledby="detail-title">
<form method="dialog"><h2 id="detail-title"></h2>
<button type="button" data-step="-1">Previous</button>
<button type="button" data-step="1">Next</button>
<button>Close</button></form>
<dl id="detail-facts"></dl><pre id="detail-code" tabindex="0"></pre>
</dialog>
${scriptData("dispatches-data", dispatches)}
${scriptData("shaders-data", shaders)}
<script>
${client}</script>
</body>
</html>
`;
}

const SECTIONS = ["dispatches", "memory", "graph", "passes", "channels", "decisions"] as const;

function navigation(): string {
  return `<nav aria-label="Parts">${SECTIONS.map((id) => `<a href="#${id}">${id}</a>`).join(" ")}</nav>`;
}

function section(id: (typeof SECTIONS)[number], title: string, body: string): string {
  return `<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>\n${body}\n</section>`;
}

function tiles(explanation: GraphExplanation): string {
  const { dispatches, copies, macs, weightBytes, parameters, memory, shaders } = explanation;
  const least = dispatches.reduce((sum, { bound }) => sum + bound.microseconds, 0);
  const facts = [
    [String(dispatches.length), "dispatches"],
    [String(copies.length), "of them copies"],
    [String(shaders.length), "shaders"],
    [`${(macs / 1e6).toFixed(1)} M`, "multiply-accumulates"],
    [`${(parameters / 1e6).toFixed(2)} M`, `parameters in ${megabytes(weightBytes)}`],
    [megabytes(memory.arenaBytes), `arena, ${ratioOf(memory)} x the lower bound`],
    [`${(least / 1000).toFixed(2)} ms`, "at least, summed over dispatches"],
  ];
  return `<dl class="tiles">${facts
    .map(([value, what]) => `<div><dt>${what}</dt><dd>${value}</dd></div>`)
    .join("")}</dl>`;
}

function dispatchSection({ dispatches, peaks, copies }: GraphExplanation): string {
  const most = Math.max(1e-9, ...dispatches.map(({ bound }) => bound.microseconds));
  const rows = dispatches.map((row) => [
    String(row.index),
    `<button class="link" data-dispatch="${row.index}">${escapeHtml(row.kernel)}</button>`,
    formatFused(row),
    formatShape(row.shape),
    (row.bound.bytes / 1024).toFixed(0),
    (row.macs / 1e6).toFixed(2),
    row.bound.intensity.toFixed(1),
    drawBar(row, most),
    row.bound.microseconds.toFixed(1),
    row.bound.by,
    row.label,
  ]);
  const head = [
    "#",
    "kernel",
    "rides on it",
    "shape",
    "KB",
    "MMAC",
    "op/B",
    "",
    "µs",
    "by",
    "node",
  ];
  return `<p>The least time of each dispatch, by the roofline at ${peaks.gflops} GFLOP/s, ${peaks.gbPerSecond} GB/s
and ${peaks.launchUs} µs a launch. <span class="key compute">arithmetic</span> <span class="key memory">memory</span>
<span class="key launch">launch</span>. A kernel's name opens its WGSL.</p>
${htmlTable(head, rows, { html: [1, 7], numbers: [0, 4, 5, 6, 8] })}
${list("Copies", copies, ({ index, label, reason }) => `#${index} ${label}: ${reason}`)}`;
}

function memorySection({ memory, dispatches }: GraphExplanation): string {
  const rows = memory.allocations.map(({ name, offset, bytes, first, last }) => [
    name,
    String(offset),
    String(bytes),
    String(first),
    String(last),
  ]);
  const table = htmlTable(["value", "offset", "bytes", "first", "last"], rows, {
    numbers: [1, 2, 3, 4],
  });
  return `<p>Offsets in the arena from the first dispatch to the last. The solid line is what is live;
no arena can be smaller than its highest point, the dashed line at ${megabytes(memory.lowerBoundBytes)}.</p>
<div class="scroll" tabindex="0">${drawMemory(memory, dispatches)}</div>
<details><summary>${rows.length} allocations as a table</summary>${table}</details>`;
}

function graphSection({ before, after, dispatches }: GraphExplanation): string {
  const dispatchOf = new Map<string, number>();
  for (const { nodes, index } of dispatches) {
    for (const node of nodes) if (!dispatchOf.has(node)) dispatchOf.set(node, index);
  }
  const pane = (title: string, count: number, drawing: string): string =>
    `<figure><figcaption>${title}: ${count} nodes</figcaption><div class="pane" tabindex="0">${drawing}</div></figure>`;
  return `<p><span class="key convolution">convolutions</span> <span class="key pool">pools, reductions</span>
<span class="key element">element-wise</span> <span class="key structure">structure</span>. After the passes, nodes of one number are one dispatch;
those without a number take none.</p>
<div class="panes">
${pane("Before the passes", before.nodes.length, drawGraph(before, "The graph before the passes"))}
${pane("After the passes", after.nodes.length, drawGraph(after, "The graph after the passes", dispatchOf))}
</div>`;
}

function passSection({ passes }: GraphExplanation): string {
  return passes.map(formatPass).join("\n");
}

function formatPass(explained: PassExplanation): string {
  const { pass, nodesBefore, nodesAfter, graph } = explained;
  if (!graph) return `<p class="muted">${escapeHtml(pass)}: no change</p>`;
  const lines = changesOf(explained).map(({ sign, line }) => {
    const tag = sign === "-" ? "del" : "ins";
    return `<${tag}>${sign} ${escapeHtml(line)}</${tag}>`;
  });
  return (
    `<details><summary>${escapeHtml(pass)}: ${nodesBefore} → ${nodesAfter} nodes</summary>` +
    `<pre class="diff" tabindex="0">${lines.join("\n")}</pre></details>`
  );
}

function channelSection({ channelMaps, tableReads, dispatches }: GraphExplanation): string {
  if (channelMaps.length + tableReads.length === 0) {
    return `<p class="muted">All channels lie in their logical order.</p>`;
  }
  const rows = channelMaps.map(({ value, summary, order }) => [value, summary, order]);
  return `<p>Values whose channels lie in lanes of the compiler's choice, so that readers find theirs in whole quads.</p>
${rows.length > 0 ? htmlTable(["value", "lanes", "order"], rows) : ""}
${list(
  "Reads by a table",
  tableReads,
  ({ dispatch, value, pieces }) =>
    `#${dispatch} ${dispatches[dispatch].label}: "${value}" lies in ${pieces} pieces`,
)}`;
}

function decisionSection({ decisions, paddings }: GraphExplanation): string {
  if (decisions.length + paddings.length === 0)
    return `<p class="muted">Nothing could be done in two ways.</p>`;
  return (
    list("What was computed where it is read, and what was stored", decisions, formatDecision) +
    list("Which channels take empty lanes, and which are copied", paddings, formatPadding)
  );
}

function list<T>(title: string, items: readonly T[], format: (item: T) => string): string {
  if (items.length === 0) return "";
  return `<h3>${title}</h3><ul>${items.map((item) => `<li>${escapeHtml(format(item))}</li>`).join("\n")}</ul>`;
}
