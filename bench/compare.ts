/** `npm run bench:peers`: lightfuse and its peers on the same networks in Chromium, interleaved. */
import { entryOf, withDifference } from "./entry.ts";
import { ENGINE_IDS, type EngineId, ENGINES, modulesOf, pageOf, versionOf } from "./engines.ts";
import { installPeers, PEERS } from "./install.ts";
import { type BenchNetwork, benchNetwork, COMPARED, nameOf } from "./networks.ts";
import { formatHelp, type KnownOptions, type Options, parseOptions } from "./options.ts";
import { type Entry, type PeerResult, type Round, rowsOf } from "./rows.ts";
import {
  aboutOf,
  lightfuseVersion,
  readResults,
  today,
  writeResult,
  writeText,
} from "./results.ts";
import { type BenchServer, serve } from "./server.ts";
import { median } from "./statistics.ts";
import { formatSummary } from "./summary.ts";
import { formatHeading, formatRows } from "./table.ts";

const ROUNDS = 3;
const RUNS = 5;
const CELL_LIMIT_S = 900;
const SLOW_S = 15;

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:peers -- [networks or .onnx files] [options]\n" +
    "Compares lightfuse with LiteRT.js, ONNX Runtime Web and TensorFlow.js on WebGPU in Chromium.",
  values: {
    networks: "names with commas between; also without --networks",
    engines: `of ${ENGINE_IDS.join(",")}; lightfuse always runs`,
    rounds: `in each, every engine runs once in a browser of its own (${ROUNDS})`,
    runs: `at most, in steady state, a round (${RUNS})`,
    slow: `CPU-seconds of a run above which it is the only one (${SLOW_S})`,
    limit: `seconds after which an engine has failed on a network (${CELL_LIMIT_S})`,
  },
  flags: {
    resume: "leave out networks that this version did today with these rounds and engines",
    json: "print JSON",
    summary: "measure nothing, write the summary of the results that are there",
  },
};

/** @throws Error for wrong options, and when the peers cannot be installed */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  if (options.has("summary")) {
    writeSummaries();
    return;
  }
  const named = [...options.names, ...(options.list("networks") ?? [])];
  const engines = enginesOf(options.list("engines") ?? ENGINE_IDS);
  installPeers();
  const server = await serve({ "/peers/": PEERS });
  try {
    for (const engine of ENGINES) {
      server.files.set(`/engines/${engine.id}.html`, pageOf(engine));
      for (const [path, code] of await modulesOf(engine)) server.files.set(path, code);
    }
    const failures: string[] = [];
    for (const name of named.length > 0 ? named : COMPARED) {
      if (options.has("resume") && isDone(nameOf(name), engines, options)) {
        console.error(`bench: ${nameOf(name)} was measured today`);
        continue;
      }
      const comparison = { server, engines, options, command: given };
      // The other networks are still worth their hours.
      await compareOn(await benchNetwork(name), comparison).catch((error: unknown) => {
        failures.push(`${name}: ${(error as Error).message}`);
        console.error(`bench: ${failures.at(-1)}`);
      });
    }
    if (failures.length > 0) throw new Error(`bench: not measured:\n${failures.join("\n")}`);
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

function isDone(network: string, engines: readonly EngineId[], options: Options): boolean {
  return readResults<PeerResult>("peers").some((result) => {
    const done = result.rows.filter(({ figures, failure }) => failure ?? figures.runMs);
    return (
      result.network === network &&
      result.version === lightfuseVersion() &&
      result.date === today() &&
      result.rounds >= options.count("rounds", ROUNDS) &&
      result.runs >= options.count("runs", RUNS) &&
      engines.every((id) => done.some(({ engine }) => engine === id)) &&
      result.rows.some(({ engine, failure }) => engine === "lightfuse" && !failure)
    );
  });
}

async function compareOn(network: BenchNetwork, comparison: Comparison): Promise<void> {
  const { engines, options, server } = comparison;
  const rounds: Round[] = [];
  const measuring = {
    runs: options.count("runs", RUNS),
    slowMs: options.count("slow", SLOW_S) * 1000,
    cellLimitMs: options.count("limit", CELL_LIMIT_S) * 1000,
  };
  for (let index = 0; index < options.count("rounds", ROUNDS); index++) {
    const entries = new Map<EngineId, Entry | string>();
    // Rotated, so that no engine always follows the same one.
    for (const i of engines.keys()) {
      const id = engines[(i + index) % engines.length];
      const before = rounds.at(-1)?.get(id);
      const entry =
        typeof before === "string" ? before : await entryOf(id, network, server, measuring);
      entries.set(id, entry);
      note(network, index, id, entry);
    }
    const base = entries.get("lightfuse");
    rounds.push(new Map([...entries].map(([id, entry]) => [id, withDifference(entry, base)])));
  }
  publish(network, rounds, comparison);
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

/** Prints the table, or JSON, and writes both and the summary to `results/`. */
function publish(network: BenchNetwork, rounds: readonly Round[], comparison: Comparison): void {
  const { engines, options, command } = comparison;
  const versions = new Map(ENGINES.map((engine) => [engine.id, versionOf(engine)]));
  const rows = rowsOf(engines, rounds, versions);
  const entries = rounds.flatMap((round) => [...round.values()]);
  const ran = entries.find((entry) => typeof entry !== "string");
  if (!ran) throw new Error(`no engine ran\n\n${formatRows(rows)}`);
  const result: PeerResult = {
    ...aboutOf("peers", ran.measurement, "bench:peers", command),
    network: network.id,
    weights: network.weights,
    inputShape: network.inputShape,
    rounds: rounds.length,
    runs: options.count("runs", RUNS),
    rows,
  };
  const markdown = `${formatHeading(result)}\n\n${formatRows(rows)}\n`;
  writeResult(network.id, result, markdown);
  writeText(
    result.adapter,
    "summary",
    formatSummary(readResults<PeerResult>("peers", result.adapter)),
  );
  console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
}

function writeSummaries(): void {
  const results = readResults<PeerResult>("peers");
  if (results.length === 0) throw new Error("bench/results has no comparison");
  for (const adapter of new Set(results.map((result) => result.adapter))) {
    const summary = formatSummary(results.filter((result) => result.adapter === adapter));
    writeText(adapter, "summary", summary);
    console.log(summary);
  }
}
