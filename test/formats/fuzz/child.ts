/**
 * Reads, compiles and partly runs damaged files, in a process of its own that may be ended when it
 * hangs. Tells its parent the number of each case before it begins.
 */
import { useVulkan } from "../../../scripts/vulkan.js";
import { compile } from "../../../src/compiler/compile.ts";
import { loadLowerTable } from "../../../src/compiler/lower/table.ts";
import { openDevice } from "../../../src/gpu/device.ts";
import type { Device } from "../../../src/gpu/device.ts";
import {
  DeviceError,
  FormatError,
  GraphError,
  ShapeError,
  WeightsError,
} from "../../../src/graph/errors.ts";
import type { Graph } from "../../../src/graph/graph.ts";
import { allocate, sizeOf } from "../../../src/graph/tensor.ts";
import { load } from "../../../src/model.ts";
import { TRAITS } from "../../compiler/graphs.ts";
import { makeCase } from "./cases.ts";
import { readCorpus } from "./corpus.ts";
import { guardArrays } from "./guard.ts";

export interface FuzzSummary {
  /** Files that gave a graph, and graphs that gave a plan. */
  readonly graphs: number;
  readonly plans: number;
  readonly runs: number;
  /** Cases by the class of their error. */
  readonly errors: Record<string, number>;
  readonly findings: readonly string[];
}

export type FuzzMessage = { readonly begin: number } | { readonly summary: FuzzSummary };

const EXPECTED = [FormatError, ShapeError, GraphError, WeightsError];
/** What the importer says of an error that it did not foresee. */
const UNFORESEEN = /the file could not be read: /;
/** CPU time of one case, in ms. */
const MOST_MS = 2000;
/** Of graphs that run: multiply-accumulates, and bytes of the arena. */
const MOST_MACS = 1e7;
const MOST_ARENA = 2 ** 24;

const send = (message: FuzzMessage) => process.send?.(message);

class Fuzzer {
  readonly errors: Record<string, number> = {};
  readonly findings: string[] = [];
  graphs = 0;
  plans = 0;
  runs = 0;
  private where = "";
  private device: Device | null = null;

  constructor(private readonly mostRuns: number) {
    guardArrays((bytes) => this.find(`asked for an array of ${bytes} bytes`));
  }

  private find(what: string): void {
    this.findings.push(`${this.where}: ${what}`);
  }

  /** What it gives, or null after an error, which must be one of `expected`. */
  private async attempt<T>(
    run: () => T | Promise<T>,
    expected: readonly (new (message: string) => Error)[] = EXPECTED,
  ): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      const { name, message, stack } = error as Error;
      this.errors[name] = (this.errors[name] ?? 0) + 1;
      const isExpected = expected.some((type) => error instanceof type);
      if (!isExpected || message === "" || UNFORESEEN.test(message)) {
        const cause = (error as Error).cause instanceof Error ? (error as Error).cause : error;
        this.find(`${name}: ${message}\n${(cause as Error).stack ?? stack}`);
      }
      return null;
    }
  }

  private async run(graph: Graph): Promise<void> {
    this.device ??= await openDevice();
    const { device } = this;
    device.failure = null;
    this.runs++;
    await this.attempt(async () => {
      const model = await load(graph, { device });
      const feeds = graph.inputs.map(({ name, shape, dtype }) => {
        return [name, { shape, dtype, data: allocate(dtype, sizeOf(shape)).fill(1) }] as const;
      });
      try {
        await model.run(Object.fromEntries(feeds));
      } finally {
        model.dispose();
      }
      device.check();
    }, [...EXPECTED, DeviceError]);
  }

  async case({ name, read }: ReturnType<typeof makeCase>, index: number): Promise<void> {
    this.where = `case ${index} (${name})`;
    const start = process.cpuUsage();
    const graph = await this.attempt(read);
    if (graph) this.graphs++;
    const table = graph && (await loadLowerTable(graph));
    const plan = table && (await this.attempt(() => compile(graph, TRAITS, {}, table)));
    if (plan) this.plans++;
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    if (ms > MOST_MS) this.find(`took ${ms.toFixed(0)} ms of CPU time`);
    if (!graph || !plan || this.runs >= this.mostRuns) return;
    if (plan.macs < MOST_MACS && plan.arenaBytes + plan.weightBytes < MOST_ARENA) {
      await this.run(graph);
    }
  }
}

/** @param given seed, first case, number of cases, number of runs on the GPU */
export async function main(given: readonly string[]): Promise<void> {
  const [seed, first, count, mostRuns] = given.map(Number);
  useVulkan();
  const corpus = readCorpus(process.env.LIGHTFUSE_DATA);
  const fuzzer = new Fuzzer(mostRuns);
  for (let index = first; index < first + count; index++) {
    send({ begin: index });
    await fuzzer.case(makeCase(corpus, seed, index), index);
  }
  const { graphs, plans, runs, errors, findings } = fuzzer;
  send({ summary: { graphs, plans, runs, errors, findings } });
  if (!process.send) console.log({ graphs, plans, runs, errors }, findings.join("\n"));
}
