/** One measurement: an engine in a browser of its own, from the navigation to steady state. */
import { chromium, type Page } from "playwright";
import { chromiumLaunchOptions } from "../scripts/chromium.js";
import { type GpuCounts, instrument } from "./instrument.ts";
import { cpuTime } from "./process-tree.ts";

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
  readonly browser: string;
  /** What WebGPU reported and nobody awaited. */
  readonly gpuErrors: readonly string[];
}

export interface BatchOptions {
  readonly runs: number;
  /** No further run begins after this time, but two are made. */
  readonly limitMs: number;
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
const TIMEOUT_MS = 600_000;

/** @throws Error when the engine fails */
export async function measure(address: string, options: BatchOptions): Promise<Measurement> {
  const server = await chromium.launchServer(chromiumLaunchOptions());
  try {
    const browser = await chromium.connect(server.wsEndpoint());
    const page = await browser.newPage();
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.addInitScript(instrument);
    await page.waitForTimeout(SETTLE_MS);
    return await inPage(page, address, server.process().pid!, options);
  } finally {
    await server.kill();
  }
}

async function inPage(
  page: Page,
  address: string,
  pid: number,
  options: BatchOptions,
): Promise<Measurement> {
  const lines: string[] = [];
  page.on("pageerror", (error) => lines.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") lines.push(message.text());
  });
  const before = cpuTime(pid);
  await page.goto(address);
  const cold = await page.evaluate(runCold).catch((error: unknown) => {
    const [first] = (error as Error).message.split("\n");
    throw new Error([first, ...lines].join("; "));
  });
  const first = cpuTime(pid);
  await page.evaluate(runBatch, { runs: 1, limitMs: 0 });
  const warm = cpuTime(pid);
  const batch = await page.evaluate(runBatch, options);
  const last = cpuTime(pid);
  const runs = batch.runMs.length;
  return {
    coldMs: cold.ms,
    coldCpuMs: difference(first, before),
    runMs: batch.runMs,
    runCpuMs: difference(last, warm, runs),
    dispatches: batch.dispatches / runs,
    passes: batch.passes / runs,
    submits: batch.submits / runs,
    pipelines: batch.pipelines,
    peakGpuBytes: batch.peakBytes,
    output: Float32Array.from(cold.output),
    adapter: await page.evaluate(adapterName),
    browser: `Chromium ${page.context().browser()!.version()}`,
    gpuErrors: batch.errors,
  };
}

function difference(to?: number, from?: number, by = 1): number | undefined {
  return to === undefined || from === undefined ? undefined : (to - from) / by;
}

/** In the page. */
async function adapterName(): Promise<string> {
  const info = (await navigator.gpu.requestAdapter())?.info;
  return [info?.vendor, info?.architecture].filter(Boolean).join("-") || "unnamed-adapter";
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
  while (runMs.length < runs && (runMs.length < 2 || performance.now() - begin < limitMs)) {
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
