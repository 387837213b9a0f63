/** `npm run bench:report`: all results as one HTML page with pictures. */
import type { DeviceResult } from "./device.ts";
import type { FusionResult } from "./fusion.ts";
import type { KernelResult } from "./kernels.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { type AdapterResults, reportPage } from "./report/page.ts";
import { readResults, writeText } from "./results.ts";
import type { PeerResult } from "./rows.ts";
import type { ScalingResult } from "./scaling.ts";

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:report -- [options]\n" +
    "Writes bench/results/report.html from the JSON files that are there: rooflines, layers, scaling, peers.",
  values: { adapter: "of one adapter only, such as google-swiftshader: <adapter>-report.html" },
  flags: {},
};

/** @throws Error for wrong options, and when there are no results */
export function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return Promise.resolve();
  }
  const wanted = options.text("adapter");
  const peers = readResults<PeerResult>("peers", wanted);
  const device = readResults<DeviceResult>("device", wanted);
  const kernels = readResults<KernelResult>("kernels", wanted);
  const scaling = readResults<ScalingResult>("scaling", wanted);
  const fusion = readResults<FusionResult>("fusion", wanted);
  const all = [...peers, ...device, ...kernels, ...scaling, ...fusion];
  if (all.length === 0) throw new Error("bench/results has no results; run the benchmarks first");
  const adapters = [...new Set(all.map(({ adapter }) => adapter))].map((adapter) => {
    const of = <Result extends { readonly adapter: string }>(results: readonly Result[]) =>
      results.filter((result) => result.adapter === adapter);
    return {
      adapter,
      peers: of(peers),
      device: of(device),
      kernels: of(kernels),
      scaling: of(scaling),
      fusion: of(fusion),
    } satisfies AdapterResults;
  });
  console.log(writeText(wanted ?? "", "report", reportPage(adapters), "html"));
  return Promise.resolve();
}
