/** One engine on one network in one browser: its figures, or why there are none. */
import { type EngineId, ENGINES } from "./engines.ts";
import { measure, type MeasureOptions } from "./measure.ts";
import { type BenchNetwork, modelFiles } from "./networks.ts";
import type { Downloads, Entry } from "./rows.ts";
import type { BenchServer } from "./server.ts";

/** Of the greatest output; beyond it an engine does not compute the same network. */
const LARGEST_DIFFERENCE = 1e-2;
/** A round's batch of one engine ends after this time, however slow the engine is. */
const BATCH_LIMIT_MS = 10_000;
/** Of what a driver or a browser says: WGSL compilers quote whole shaders. */
const LONGEST_REASON = 300;

/** A string says why the engine did not run. */
export async function entryOf(
  id: EngineId,
  network: BenchNetwork,
  server: BenchServer,
  options: Omit<MeasureOptions, "limitMs">,
): Promise<Entry | string> {
  const engine = ENGINES.find((one) => one.id === id)!;
  try {
    for (const [name, content] of modelFiles(network, engine)) {
      server.files.set(`/model/${name}`, content);
    }
    server.takeDownloads();
    const address = `${server.address}/engines/${id}.html`;
    const measurement = await measure(address, { ...options, limitMs: BATCH_LIMIT_MS });
    const downloads = sumDownloads(server.takeDownloads());
    const failure = failureOf(measurement.output, measurement.gpuErrors);
    return failure ?? { measurement, downloads, difference: undefined };
  } catch (error) {
    return shorten((error as Error).message);
  }
}

/** Why an output cannot be that of a network. */
export function failureOf(
  output: ArrayLike<number>,
  gpuErrors: readonly string[],
): string | undefined {
  const values = Array.from(output);
  const broken = values.filter((value) => !Number.isFinite(value)).length;
  const faults = [
    ...(broken > 0 ? [`${broken} of its ${values.length} outputs are not finite`] : []),
    ...(values.every((value) => value === 0) ? ["its outputs are all zeros"] : []),
    ...gpuErrors.slice(0, 1).map((message) => `WebGPU reported: ${message}`),
  ];
  return faults.length > 0 ? shorten(faults.join("; ")) : undefined;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > LONGEST_REASON ? `${line.slice(0, LONGEST_REASON)} ...` : line;
}

function sumDownloads(all: ReturnType<BenchServer["takeDownloads"]>): Downloads {
  const sums = { libraryBytes: 0, libraryGzip: 0, modelBytes: 0 };
  for (const [path, { bytes, gzip }] of all) {
    if (path.startsWith("/model/input")) continue;
    if (path.startsWith("/model/")) sums.modelBytes += bytes;
    else {
      sums.libraryBytes += bytes;
      sums.libraryGzip += gzip;
    }
  }
  return sums;
}

/** With the greatest difference to lightfuse's output; a string where it is too great. */
export function withDifference(entry: Entry | string, base?: Entry | string): Entry | string {
  if (typeof entry === "string" || !base || typeof base === "string") return entry;
  const [x, y] = [entry.measurement.output, base.measurement.output];
  if (x.length !== y.length) return `it gave ${x.length} numbers, lightfuse ${y.length}`;
  const most = y.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const gap = x.reduce((max, value, i) => Math.max(max, Math.abs(value - y[i])), 0);
  const difference = gap / most;
  if (difference < LARGEST_DIFFERENCE) return { ...entry, difference };
  return `its output is wrong: it differs from lightfuse's by ${difference.toExponential(1)} of the largest value`;
}
