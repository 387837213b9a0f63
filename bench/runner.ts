/** Where the measurements of a device run: in Node on Dawn, or in a page in Chromium. */
import { availableParallelism } from "node:os";
import { chromium } from "playwright";
import { chromiumLaunchOptions } from "../scripts/chromium.js";
import { useVulkan } from "../scripts/vulkan.js";
import { openDevice } from "../src/index.ts";
import { bundlePage } from "./bundle.ts";
import { countCpuTime } from "./clock.ts";
import { PROBES, type Probes } from "./probes.ts";
import { adapterName } from "./results.ts";
import { serve } from "./server.ts";
import { workMs } from "./work-time.ts";

export interface Runner {
  /** `google-swiftshader` */
  readonly adapter: string;
  readonly host: string;
  readonly probes: Probes;
  close(): Promise<void>;
}

/** Options that every benchmark with a runner knows. */
export const RUNNER_FLAGS = {
  node: "in Node on Dawn, the default; a software adapter is then timed by its CPU time",
  browser: "in Chromium, where a software adapter is timed on the wall",
} as const;

/** @throws Error without an adapter */
export function openRunner(browser: boolean): Promise<Runner> {
  return browser ? runnerInChromium() : runnerInNode();
}

async function runnerInNode(): Promise<Runner> {
  if (useVulkan() === "none") throw new Error("no GPU and no software driver were found");
  countCpuTime(availableParallelism(), workMs);
  const device = await openDevice();
  const adapter = adapterName(device.adapter);
  device.destroy();
  const host = `Node ${process.versions.node} on Dawn`;
  return { adapter, host, probes: PROBES, close: () => Promise.resolve() };
}

type Asynchronous = (...given: unknown[]) => Promise<unknown>;

async function runnerInChromium(): Promise<Runner> {
  const server = await serve({});
  const script = '<!doctype html><script type="module" src="probes.js"></script>';
  server.files.set("/index.html", script);
  for (const [path, code] of await bundlePage("probes-page.ts", "probes", "/", { tiles: true })) {
    server.files.set(path, code);
  }
  const browser = await chromium.launch(chromiumLaunchOptions());
  const page = await browser.newPage();
  await page.goto(`${server.address}/index.html`);
  await page.waitForFunction(() => "probes" in globalThis);
  const info = await page.evaluate(async () => {
    const found = (await navigator.gpu.requestAdapter())?.info;
    return { vendor: found?.vendor, architecture: found?.architecture };
  });
  const call = (name: string): Asynchronous => {
    return (...given) =>
      page.evaluate(
        ([called, inputs]) => {
          const { probes } = globalThis as unknown as { probes: Record<string, Asynchronous> };
          return probes[called](...inputs);
        },
        [name, given] as const,
      );
  };
  const probes = Object.fromEntries(Object.keys(PROBES).map((name) => [name, call(name)]));
  return {
    adapter: adapterName(info),
    host: `Chromium ${browser.version()}`,
    probes: probes as unknown as Probes,
    async close() {
      await browser.close();
      server.close();
    },
  };
}
