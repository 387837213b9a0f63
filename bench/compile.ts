/** `npm run bench:compile`: how long plans take, first and warm, in fresh processes of Node. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { CompileTime, CompileTimes } from "./compile-once.ts";
import { digits, markdownTable } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { type About, aboutOf, describeAbout, writeResult } from "./results.ts";
import { median } from "./statistics.ts";

const NETWORKS = [
  "densenet121",
  "mobilenet_v2",
  "efficientnet_b0",
  "shufflenet_v2_x1_0",
  "resnet50",
];
const ROUNDS = 5;
/** Compilations of a process; the first is left out of the warm ones. */
const REPEAT = 6;

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:compile -- [networks] [options]\n" +
    "Time from the graph to the plan, without pipelines: the first of a process, and later ones.",
  values: {
    networks: `names with commas between (${NETWORKS.join(",")}); also without --networks`,
    rounds: `in each, every network has a process of its own (${ROUNDS})`,
    repeat: `compilations of a process (${REPEAT})`,
  },
  flags: { json: "print JSON" },
};

export interface CompileRow {
  readonly network: string;
  readonly dispatches: number;
  /** Medians of the processes; of a process, the median of its later compilations is the warm one. */
  readonly first: CompileTime;
  readonly warm: CompileTime;
}

export interface CompileResult extends About {
  readonly rounds: number;
  readonly repeat: number;
  readonly rows: readonly CompileRow[];
}

/** @throws Error for wrong options, and when a process fails */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  const named = [...options.names, ...(options.list("networks") ?? [])];
  const networks = named.length > 0 ? named : NETWORKS;
  const rounds = options.count("rounds", ROUNDS);
  const repeat = options.count("repeat", REPEAT);
  if (repeat < 2) throw new Error(`--repeat ${repeat}: expected at least 2, the first is cold`);
  const found = await timeAll(networks, rounds, repeat);
  const rows = networks.map((network, i) => rowOf(network, found[i]));
  const where = { adapter: "node", host: `Node ${process.versions.node}` };
  const about = aboutOf("compile", where, "bench:compile", given);
  const result: CompileResult = { ...about, rounds, repeat, rows };
  const markdown = formatCompile(result);
  writeResult("compile", result, markdown);
  console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
}

/** For each network, the times of one process a round; networks take turns. */
async function timeAll(
  networks: readonly string[],
  rounds: number,
  repeat: number,
): Promise<CompileTimes[][]> {
  const folder = mkdtempSync(join(tmpdir(), "lightfuse-compile-"));
  try {
    const script = await bundleOnce(folder);
    const found = networks.map((): CompileTimes[] => []);
    for (let round = 0; round < rounds; round++) {
      networks.forEach((network, i) => found[i].push(timeOnce(script, network, repeat)));
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Plain Node runs what a bundler made, as a page would. @returns the path of the script */
async function bundleOnce(folder: string): Promise<string> {
  await build({
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL("compile-once.ts", import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      target: "es2022",
      rolldownOptions: { output: { entryFileNames: "compile-once.mjs" } },
    },
  });
  return join(folder, "compile-once.mjs");
}

function timeOnce(script: string, network: string, repeat: number): CompileTimes {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, network, String(repeat)],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${network}: the process failed: ${stderr.trim()}`);
  return JSON.parse(stdout) as CompileTimes;
}

function rowOf(network: string, found: readonly CompileTimes[]): CompileRow {
  return {
    network,
    dispatches: found[0].dispatches,
    first: medianTime(found.map(({ times: [first] }) => first)),
    warm: medianTime(found.map(({ times }) => medianTime(times.slice(1)))),
  };
}

function medianTime(times: readonly CompileTime[]): CompileTime {
  const threads = times.flatMap(({ threadMs }) => threadMs ?? []);
  return {
    ms: median(times.map(({ ms }) => ms))!,
    cpuMs: median(times.map(({ cpuMs }) => cpuMs))!,
    threadMs: median(threads),
  };
}

function formatCompile(result: CompileResult): string {
  const { rounds, repeat, rows } = result;
  const cell = (time: CompileTime, figure: keyof CompileTime): string | undefined => {
    const value = time[figure];
    return value === undefined ? undefined : digits(value);
  };
  return [
    "# From the graph to the plan",
    "",
    describeAbout(result),
    `Milliseconds, medians of ${rounds} processes of ${repeat} compilations. Thread: CPU time of the`,
    "thread that compiles, close to the wall time of a machine that does nothing else. CPU: that of the",
    "whole process, which optimizes code and collects garbage on other threads.",
    "",
    markdownTable<CompileRow>(
      [
        { title: "network", left: true, cell: ({ network }) => network },
        { title: "dispatches", cell: ({ dispatches }) => dispatches },
        { title: "first, wall", cell: ({ first }) => cell(first, "ms") },
        { title: "first, thread", cell: ({ first }) => cell(first, "threadMs") },
        { title: "first, CPU", cell: ({ first }) => cell(first, "cpuMs") },
        { title: "warm, wall", cell: ({ warm }) => cell(warm, "ms") },
        { title: "warm, thread", cell: ({ warm }) => cell(warm, "threadMs") },
        { title: "warm, CPU", cell: ({ warm }) => cell(warm, "cpuMs") },
      ],
      rows,
    ),
  ].join("\n");
}
