/** `npm run bench`: lightfuse and its peers on the same networks in Chromium, interleaved. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ENGINE_IDS, type EngineId, ENGINES, modulesOf, pageOf, versionOf } from "./engines.ts";
import { installPeers, PEERS } from "./install.ts";
import { measure } from "./measure.ts";
import { type BenchNetwork, benchNetwork, modelFiles } from "./networks.ts";
import { type Options, parseOptions } from "./options.ts";
import { type Downloads, type Entry, type Round, rowsOf } from "./report.ts";
import { type BenchServer, serve } from "./server.ts";
import { median } from "./statistics.ts";
import { formatHeading, formatRows } from "./table.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const DEFAULT_NETWORK = "mobilenet_v2";
const ROUNDS = 3;
const RUNS = 5;
/** Of the greatest output; beyond it an engine does not compute the same network. */
const LARGEST_DIFFERENCE = 1e-2;
/** A round's batch of one engine ends after this time, however slow the engine is. */
const BATCH_LIMIT_MS = 10_000;

const KNOWN = { values: ["rounds", "runs", "engines", "networks"], flags: ["json"] };

/** @throws Error for wrong options, and when the peers cannot be installed */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  const names = [...options.names, ...(options.list("networks") ?? [])];
  const engines = enginesOf(options.list("engines") ?? ENGINE_IDS);
  installPeers();
  const server = await serve({ "/peers/": PEERS });
  try {
    for (const engine of ENGINES) {
      server.files.set(`/engines/${engine.id}.html`, pageOf(engine));
      for (const [path, code] of await modulesOf(engine)) server.files.set(path, code);
    }
    for (const name of names.length > 0 ? names : [DEFAULT_NETWORK]) {
      const network = await benchNetwork(name);
      await compareOn(network, { server, engines, options, command: given });
    }
  } finally {
    server.close();
  }
}

interface Comparison {
  readonly server: BenchServer;
  readonly engines: readonly EngineId[];
  readonly options: Options;
  readonly command: readonly string[];
}

function enginesOf(wanted: readonly string[]): EngineId[] {
  const unknown = wanted.find((id) => !ENGINE_IDS.includes(id as EngineId));
  if (unknown !== undefined) {
    throw new Error(`engine "${unknown}" is not known; known: ${ENGINE_IDS.join(", ")}`);
  }
  const others = wanted.filter((id) => id !== "lightfuse") as EngineId[];
  return ["lightfuse", ...others]; // Ratios are to lightfuse, so it always runs.
}

async function compareOn(network: BenchNetwork, comparison: Comparison): Promise<void> {
  const { engines, options } = comparison;
  const rounds: Round[] = [];
  for (let index = 0; index < options.count("rounds", ROUNDS); index++) {
    const entries = new Map<EngineId, Entry | string>();
    // Rotated, so that no engine always follows the same one.
    for (const i of engines.keys()) {
      const id = engines[(i + index) % engines.length];
      const before = rounds.at(-1)?.get(id);
      const entry = typeof before === "string" ? before : await entryOf(id, network, comparison);
      entries.set(id, entry);
      note(network, index, id, entry);
    }
    const base = entries.get("lightfuse");
    rounds.push(new Map([...entries].map(([id, entry]) => [id, withDifference(entry, base)])));
  }
  publish(network, rounds, comparison);
}

/** One engine in one browser; a string says why it did not run. */
async function entryOf(
  id: EngineId,
  network: BenchNetwork,
  { server, options }: Comparison,
): Promise<Entry | string> {
  const engine = ENGINES.find((one) => one.id === id)!;
  try {
    for (const [name, content] of modelFiles(network, engine)) {
      server.files.set(`/model/${name}`, content);
    }
    server.takeDownloads();
    const batch = { runs: options.count("runs", RUNS), limitMs: BATCH_LIMIT_MS };
    const measurement = await measure(`${server.address}/engines/${id}.html`, batch);
    const downloads = sumDownloads(server.takeDownloads());
    const [error] = measurement.gpuErrors;
    if (error !== undefined) return `WebGPU reported: ${error}`;
    return { measurement, downloads, difference: undefined };
  } catch (error) {
    return (error as Error).message;
  }
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

function withDifference(entry: Entry | string, base?: Entry | string): Entry | string {
  if (typeof entry === "string" || !base || typeof base === "string") return entry;
  const [x, y] = [entry.measurement.output, base.measurement.output];
  if (x.length !== y.length) return `it gave ${x.length} numbers, lightfuse ${y.length}`;
  const most = y.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const gap = x.reduce((max, value, i) => Math.max(max, Math.abs(value - y[i])), 0);
  const difference = gap / most;
  if (difference < LARGEST_DIFFERENCE) return { ...entry, difference };
  return `its output is wrong: it differs from lightfuse's by ${difference.toExponential(1)} of the largest value`;
}

function note(network: BenchNetwork, index: number, id: EngineId, entry: Entry | string): void {
  const start = `bench: ${network.id}, round ${index + 1}, ${id}: `;
  if (typeof entry === "string") {
    console.error(start + entry);
    return;
  }
  const { runCpuMs, runMs, coldMs } = entry.measurement;
  const cpu = runCpuMs === undefined ? "" : `${runCpuMs.toFixed(0)} CPU-ms, `;
  const wall = `${median(runMs)!.toFixed(0)} ms a run of ${runMs.length}`;
  console.error(`${start}${cpu}${wall}, ${(coldMs / 1000).toFixed(1)} s to the first result`);
}

/** A command that others can repeat, wherever they have the models. */
function withoutFolder(argument: string): string {
  const folder = process.env.LIGHTFUSE_DATA;
  return folder && argument.startsWith(folder)
    ? `$LIGHTFUSE_DATA${argument.slice(folder.length)}`
    : argument;
}

/** Prints the table, or JSON, and writes both to `results/`. */
function publish(network: BenchNetwork, rounds: readonly Round[], comparison: Comparison): void {
  const { engines, options, command } = comparison;
  const versions = new Map(ENGINES.map((engine) => [engine.id, versionOf(engine)]));
  const rows = rowsOf(engines, rounds, versions);
  const entries = rounds.flatMap((round) => [...round.values()]);
  const ran = entries.find((entry) => typeof entry !== "string");
  if (!ran) throw new Error(`bench: no engine ran\n\n${formatRows(rows)}`);
  const { adapter, browser } = ran.measurement;
  const about = {
    network: network.id,
    weights: network.weights,
    inputShape: network.inputShape,
    adapter,
    browser,
    date: new Date().toISOString().slice(0, 10),
    rounds: rounds.length,
    runs: options.count("runs", RUNS),
    command: `npm run bench -- ${command.map(withoutFolder).join(" ")}`.trimEnd(),
  };
  const json = JSON.stringify({ ...about, rows }, null, 2);
  const markdown = `${formatHeading(about)}\n\n${formatRows(rows)}\n`;
  const stem = `results/${adapter}-${network.id}`.replace(/[^\w.\/-]+/g, "-");
  mkdirSync(here("results"), { recursive: true });
  writeFileSync(here(`${stem}.json`), `${json}\n`);
  writeFileSync(here(`${stem}.md`), markdown);
  console.log(options.has("json") ? json : markdown);
}
