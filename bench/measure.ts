/** One measurement: an engine in a browser of its own, from the navigation to steady state. */
import { chromium, type Page } from "playwright";
import { chromiumLaunchOptions } from "../scripts/chromium.js";
import { type GpuCounts, instrument } from "./instrument.ts";
import { cpuTime } from "./process-tree.ts";
import { adapterName } from "./results.ts";

export interface Measurement {
  /** To the first result, from the navigation. */
  readonly coldMs: number;
  readonly coldCpuMs: number | undefined;
  /** Of each run in steady state. */
  readonly runMs: readonly number[];
  readonly runCpuMs: number | undefined;
  /** Of one run in steady state. */
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly peakGpuBytes: number;
  readonly output: Float32Array;
  /** `google-swiftshader` */
  readonly adapter: string;
  readonly host: string;
  /** What WebGPU reported and nobody awaited. */
  readonly gpuErrors: readonly string[];
}

export interface BatchOptions {
  readonly runs: number;
  /** No further run begins after this time. */
  readonly limitMs: number;
}

export interface MeasureOptions extends BatchOptions {
  /** An engine whose second run takes more CPU time (or time, where that is not known) runs no more. */
  readonly slowMs: number;
  /** After this time the browser is ended: the engine hangs, or is too slow to wait for. */
  readonly cellLimitMs: number;
}

/** What each engine's module leaves in `globalThis.engine`. */
interface PageEngine {
  prepare(input: { data: Float32Array; shape: number[] }): Promise<void>;
  run(): Promise<Float32Array>;
}
interface PageGlobals {
  readonly engine: PageEngine;
  readonly gpuCounts: GpuCounts;
}

/** The browser's own start must not count. */
const SETTLE_MS = 1000;

/** @throws Error when the engine fails, crashes the page, or takes longer than the limit */
export async function measure(address: string, options: MeasureOptions): Promise<Measurement> {
  const server = await chromium.launchServer(chromiumLaunchOptions());
  const guard = new Guard(options.cellLimitMs);
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const page = await browser.newPage();
    page.setDefaultTimeout(options.cellLimitMs);
    page.on("crash", () => guard.fail("the page crashed"));
    browser.on("disconnected", () => guard.fail("the browser ended"));
    await page.addInitScript(instrument);
    await page.waitForTimeout(SETTLE_MS);
    return await guard.watch(inPage(page, address, { pid: server.process().pid!, guard, options }));
  } finally {
    guard.end();
    await server.kill();
  }
}

/** Fails what is being watched after a time, or when told to, and says what was being done. */
class Guard {
  /** What the engine is at. */
  phase = "loading the page";
  private reject: (error: Error) => void = () => undefined;
  private readonly failure = new Promise<never>((_, reject) => (this.reject = reject));
  private readonly timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    const seconds = Math.round(limitMs / 1000);
    this.timer = setTimeout(() => this.fail(`it took longer than ${seconds} s`), limitMs);
    this.failure.catch(() => undefined);
  }

  fail(why: string): void {
    this.reject(new Error(`${why}, in ${this.phase}`));
  }

  watch<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined);
    return Promise.race([work, this.failure]);
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

interface Watched {
  readonly pid: number;
  readonly guard: Guard;
  readonly options: MeasureOptions;
}

async function inPage(
  page: Page,
  address: string,
  { pid, guard, options }: Watched,
): Promise<Measurement> {
  const lines: string[] = [];
  page.on("pageerror", (error) => lines.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") lines.push(message.text());
  });
  const before = cpuTime(pid);
  await page.goto(address);
  guard.phase = "its cold start";
  const cold = await page.evaluate(runCold).catch((error: unknown) => {
    const [first] = (error as Error).message.split("\n");
    throw new Error([first, ...new Set(lines)].join("; "));
  });
  const first = cpuTime(pid);
  guard.phase = "its second run";
  const second = await page.evaluate(runBatch, { runs: 1, limitMs: 0 });
  const warm = cpuTime(pid);
  const isSlow = (difference(warm, first) ?? second.runMs[0]) > options.slowMs;
  guard.phase = "steady state";
  const { runs: mostRuns, limitMs } = options;
  const batch = isSlow ? second : await page.evaluate(runBatch, { runs: mostRuns, limitMs });
  const last = isSlow ? warm : cpuTime(pid);
  const runs = batch.runMs.length;
  return {
    coldMs: cold.ms,
    coldCpuMs: difference(first, before),
    runMs: batch.runMs,
    runCpuMs: difference(last, isSlow ? first : warm, runs),
    dispatches: batch.dispatches / runs,
    passes: batch.passes / runs,
    submits: batch.submits / runs,
    pipelines: batch.pipelines,
    peakGpuBytes: batch.peakBytes,
    output: Float32Array.from(cold.output),
    adapter: adapterName(await page.evaluate(adapterInfo)),
    host: `Chromium ${page.context().browser()!.version()}`,
    gpuErrors: batch.errors,
  };
}

function difference(to?: number, from?: number, by = 1): number | undefined {
  return to === undefined || from === undefined ? undefined : (to - from) / by;
}

/** In the page. */
async function adapterInfo(): Promise<{ vendor?: string; architecture?: string }> {
  const info = (await navigator.gpu.requestAdapter())?.info;
  return { vendor: info?.vendor, architecture: info?.architecture };
}

/** In the page. */
async function runCold(): Promise<{ ms: number; output: number[] }> {
  const { engine } = globalThis as unknown as PageGlobals;
  const [shape, data] = await Promise.all([
    fetch("/model/input.json").then((response) => response.json() as Promise<number[]>),
    fetch("/model/input.bin").then((response) => response.arrayBuffer()),
  ]);
  await engine.prepare({ data: new Float32Array(data), shape });
  const output = await engine.run();
  return { ms: performance.now(), output: [...output] };
}

/** In the page. */
async function runBatch({ runs, limitMs }: BatchOptions) {
  const { engine, gpuCounts: counts } = globalThis as unknown as PageGlobals;
  const before = { ...counts };
  const begin = performance.now();
  const runMs: number[] = [];
  while (runMs.length < runs && (runMs.length < 1 || performance.now() - begin < limitMs)) {
    const start = performance.now();
    await engine.run();
    runMs.push(performance.now() - start);
  }
  return {
    runMs,
    dispatches: counts.dispatches - before.dispatches,
    passes: counts.passes - before.passes,
    submits: counts.submits - before.submits,
    pipelines: counts.pipelines,
    peakBytes: counts.peakBytes,
    errors: counts.errors,
  };
}
