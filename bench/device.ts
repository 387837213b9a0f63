/** `npm run bench:device`: what the adapter can do at best, from registers, caches, memory and the queue. */
import type { DeviceFigures } from "./device/figures.ts";
import { digits, markdownTable } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { type About, aboutOf, describeAbout, writeResult } from "./results.ts";
import { openRunner, RUNNER_FLAGS } from "./runner.ts";

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:device -- [options]\n" +
    "Multiply-adds from registers, loads, bandwidth, barriers, broadcasts, dispatches, readback.",
  values: {},
  flags: { ...RUNNER_FLAGS, json: "print JSON" },
};

export interface DeviceResult extends About {
  readonly figures: DeviceFigures;
}

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  const runner = await openRunner(options.has("browser"));
  try {
    const figures = await runner.probes.probeDevice();
    const result: DeviceResult = { ...aboutOf("device", runner, "bench:device", given), figures };
    const markdown = formatDevice(result);
    writeResult("device", result, markdown);
    console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
  } finally {
    await runner.close();
  }
}

function formatDevice(result: DeviceResult): string {
  const { figures } = result;
  const { dispatchUs } = figures;
  const ns = (value: number | null): string => (value === null ? "-" : `${digits(value)} ns`);
  const rows: [string, string][] = [
    ["multiply-adds from registers", `${digits(figures.gflops)} GFLOP/s`],
    ["a scalar multiply-add", ns(figures.fmaNs)],
    ["a scalar loaded from storage, in a cache, as a quad", ns(figures.loadNs)],
    ["the same, bytes", `${digits(figures.loadGbPerSecond)} GB/s`],
    ["a scalar stored there", ns(figures.storeNs)],
    ["a scalar loaded from workgroup memory", ns(figures.workgroupLoadNs)],
    ["a scalar broadcast in a subgroup", ns(figures.broadcastNs)],
    ["a workgroup barrier, each invocation", ns(figures.barrierNs)],
    ["a barrier in a workgroup of 64 alone", ns(figures.barrierLatencyNs)],
    ["a kernel that copies, read and written", `${digits(figures.memoryGbPerSecond)} GB/s`],
    ["copyBufferToBuffer, read and written", `${digits(figures.copyGbPerSecond)} GB/s`],
    ["a dispatch in one pass", `${digits(dispatchUs.inPass)} us`],
    ["a dispatch in its own pass", `${digits(dispatchUs.ownPass)} us`],
    ["a dispatch in its own submit", `${digits(dispatchUs.ownSubmit)} us`],
    ["a dispatch in its own submit, awaited", `${digits(dispatchUs.awaited)} us`],
    ...transferRows("read back (wall)", figures.readback),
    ...transferRows("uploaded (wall)", figures.upload),
  ];
  return [
    `# What ${result.adapter} can do at best`,
    "",
    describeAbout(result),
    `Times are ${figures.unit}. Nanoseconds: for how long the whole device is busy, divided by invocations;`,
    "each is the slope between runs with few and with many, so that starting is no part of it.",
    "",
    markdownTable(
      [
        { title: "what", left: true, cell: ([what]) => what },
        { title: "cost", cell: ([, cost]) => cost },
      ],
      rows,
    ),
  ].join("\n");
}

function transferRows(what: string, sizes: DeviceFigures["readback"]): [string, string][] {
  return sizes.map(({ bytes, ms }) => [
    `${Math.round(bytes / 1024)} KB ${what}`,
    `${digits(ms)} ms`,
  ]);
}
