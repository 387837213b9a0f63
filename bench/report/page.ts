/** The report as one HTML page: style, pictures and numbers are all in it. */
import type { DeviceResult } from "../device.ts";
import type { FusionResult } from "../fusion.ts";
import type { KernelResult } from "../kernels.ts";
import { digits } from "../markdown.ts";
import { type About, describeAbout } from "../results.ts";
import type { PeerResult } from "../rows.ts";
import type { ScalingResult } from "../scaling.ts";
import { FAMILY_NAMES, keyOf } from "./families.ts";
import { layerChart } from "./layer-chart.ts";
import { card, htmlTable } from "./parts.ts";
import { peerSection } from "./peers.ts";
import { ratioChart } from "./ratio-chart.ts";
import { rooflineChart } from "./roofline-chart.ts";
import { scalingCharts } from "./scaling-charts.ts";
import { shareChart } from "./share-chart.ts";
import style from "./style.css?raw";
import { escapeText } from "./svg.ts";

/** Everything that was measured on one adapter. */
export interface AdapterResults {
  readonly adapter: string;
  readonly peers: readonly PeerResult[];
  readonly device: readonly DeviceResult[];
  readonly kernels: readonly KernelResult[];
  readonly scaling: readonly ScalingResult[];
  readonly fusion: readonly FusionResult[];
}

export function reportPage(adapters: readonly AdapterResults[]): string {
  const names = adapters.map(({ adapter }) => adapter).join(", ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>lightfuse: benchmarks on ${escapeText(names)}</title>
<style>
${style}</style>
</head>
<body>
<h1>Benchmarks of lightfuse</h1>
<p>Points and bars tell more when the mouse rests on them.</p>
${adapters.map(adapterSection).join("\n")}
</body>
</html>
`;
}

function adapterSection(results: AdapterResults): string {
  const { adapter, peers, device, kernels, scaling, fusion } = results;
  return [
    `<h2>${escapeText(adapter)}</h2>`,
    peers.length > 0 ? section("Against peers", peers[0], peerSection(peers)) : "",
    ...device.map((result) => section("What the adapter can do", result, deviceTable(result))),
    ...kernels.map((result) => section("Roofline and layers", result, kernelCharts(result))),
    ...scaling.map((result) => section(`${result.network} by size`, result, scalingCharts(result))),
    ...fusion.map((result) => section("Fused against unfused", result, fusionChart(result))),
  ].join("\n");
}

function section(title: string, about: About, body: string): string {
  const line = escapeText(describeAbout(about)).replace(/`([^`]*)`/g, "<code>$1</code>");
  return `<section><h2>${escapeText(title)}</h2>\n<p>${line}</p>\n${body}\n</section>`;
}

function deviceTable({ figures }: DeviceResult): string {
  const { gflops, memoryGbPerSecond, loadGbPerSecond, loadNs, dispatchUs } = figures;
  const rows: [string, string][] = [
    ["from registers", `${digits(gflops)} GFLOP/s`],
    ["memory, by a kernel that copies", `${digits(memoryGbPerSecond)} GB/s`],
    ["storage loads that caches serve", `${digits(loadGbPerSecond)} GB/s`],
    ["a scalar loaded", `${digits(loadNs)} ns`],
    ["a scalar stored", `${digits(figures.storeNs)} ns`],
    ["a scalar from workgroup memory", `${digits(figures.workgroupLoadNs)} ns`],
    [
      "a scalar broadcast in a subgroup",
      figures.broadcastNs === null ? "none" : `${digits(figures.broadcastNs)} ns`,
    ],
    ["a barrier, each invocation", `${digits(figures.barrierNs)} ns`],
    ["a dispatch in one pass", `${digits(dispatchUs.inPass)} us`],
    ["a dispatch in a pass of its own", `${digits(dispatchUs.ownPass)} us`],
    ["a dispatch in a submit of its own", `${digits(dispatchUs.ownSubmit)} us`],
    ...figures.readback.map(({ bytes, ms }): [string, string] => [
      `reading back ${bytes / 1024} KB`,
      `${digits(ms)} ms`,
    ]),
  ];
  return card(`Costs; ${figures.unit}`, htmlTable(["what", "cost"], rows));
}

function kernelCharts(result: KernelResult): string {
  const { figures, profiles, rows } = result;
  const charts = profiles.flatMap((profile) => {
    const how = profile.timestamps ? "timed by the adapter" : "each with a submit of its own";
    return [
      card(`${profile.network}: roofline`, rooflineChart(profile, figures)),
      card(`${profile.network}: dispatches, ${how}`, layerChart(profile)),
    ];
  });
  const title = "Each layer apart: of its roofline; larger dots take more time";
  const shares = rows.length > 0 ? card(title, shareChart(result)) : "";
  const grid = `<div class="cards">${charts.join("\n")}</div>`;
  return `${keyOf(FAMILY_NAMES)}${shares}${grid}`;
}

function fusionChart({ networks }: FusionResult): string {
  const rows = networks.flatMap(({ network, rows: all }) =>
    all
      .filter(({ without }) => without !== "-")
      .map(({ without, cpuRatio, ratio }) => ({
        name: `${without}, ${network}`,
        dots: [
          { name: "time", colour: "c4", ratio },
          { name: "CPU time", colour: "c0", ratio: cpuRatio },
        ],
      })),
  );
  const key = '<ul class="key"><li class="c4">time</li><li class="c0">CPU time</li></ul>';
  const chart = ratioChart("Ratios to the default", "with it switched, to the default", rows);
  const title = "Time with a fusion switched, to that with the defaults";
  return `${key}<div class="cards">${card(title, chart)}</div>`;
}
