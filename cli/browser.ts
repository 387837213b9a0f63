/** Does a job in headless Chromium: the built library and the model come from a local server. */
import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Browser } from "playwright";
import { chromiumLaunchOptions } from "../scripts/chromium.js";
import { Failure } from "./failure.ts";
import { executeJob, type Job, type JobInput, type JobResult, type Lightfuse } from "./job.ts";
import { ROOT } from "./root.ts";
import { fileBelow, serve, type Reply } from "./server.ts";

type Executable = typeof executeJob;

/** A job whose arrays are fetched from the server. */
interface PageJob {
  readonly job: Job;
  readonly folder: string;
}

type PageResult =
  | { readonly result: JobResult }
  | { readonly error: { readonly name: string; readonly message: string } };

/**
 * @throws Failure when there is no Playwright, no Chromium, or no build
 * @throws what `executeJob` throws, by name and message
 */
export async function executeInChromium(job: Job): Promise<JobResult> {
  const dist = join(ROOT, "dist");
  if (!existsSync(join(dist, "lightfuse.js"))) {
    throw new Failure("dist/lightfuse.js is missing; run `npm run build` first");
  }
  const { chromium } = await import("playwright").catch(() => {
    throw new Failure('--browser needs the package "playwright": npm install playwright');
  });
  const outputs = new Map<string, Uint8Array>();
  // The server is open to every program of this machine, so its addresses cannot be guessed.
  const secret = randomUUID();
  const server = await serve(
    (path, body) => {
      const [given, area, ...rest] = path.split("/");
      if (given !== secret) return undefined;
      if (area === "output" && body) outputs.set(rest.join("/"), body);
      return contentOf(job, dist, area, rest.join("/"));
    },
    [0],
  );
  let browser: Browser | undefined;
  try {
    browser = await chromium.launch(chromiumLaunchOptions());
    const page = await browser.newPage();
    const folder = `${server.address}${secret}/`;
    await page.goto(`${folder}page/`);
    const given = await page.evaluate(executeInPage, { job: lighten(job, folder), folder });
    if ("error" in given) throw Object.assign(new Error(), given.error);
    return fillOutputs(given.result, outputs);
  } finally {
    await browser?.close();
    server.close();
  }
}

function contentOf(job: Job, dist: string, area: string, name: string): Reply | undefined {
  const { model } = job;
  switch (area) {
    case "page":
      return { type: "text/html", body: "<!doctype html><title>lightfuse</title>" };
    case "job.js":
      return {
        type: "text/javascript",
        body: `export const executeJob = ${executeJob.toString()}`,
      };
    case "output":
      return { type: "text/plain", body: "" };
    case "library":
      return fileBelow(dist, name);
    case "model":
      return "file" in model ? fileBelow(dirname(model.file), name) : undefined;
    case "weights":
      return "weights" in model && model.weights !== "synthetic" ? bytes(model.weights) : undefined;
    case "input": {
      const input = job.inputs.at(Number(name));
      return input && "data" in input ? bytes(input) : undefined;
    }
    default:
      return undefined;
  }
}

function bytes({ data }: { readonly data: ArrayBufferView }): Reply {
  const body = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return { type: "application/octet-stream", body };
}

/** The job without its arrays, and with addresses for paths. */
function lighten(job: Job, folder: string): Job {
  const none = new Uint8Array(0);
  const { model } = job;
  const inputs = job.inputs.map((input) => ("data" in input ? { ...input, data: none } : input));
  if ("file" in model) {
    const file = `${folder}model/${encodeURIComponent(basename(model.file))}`;
    return { ...job, inputs, model: { name: model.name, file } };
  }
  const { weights } = model;
  const light = weights === "synthetic" ? weights : { name: weights.name, data: none };
  return { ...job, inputs, model: { ...model, weights: light } };
}

/** Runs in the page, so it reads nothing but its parameter. */
async function executeInPage({ job, folder }: PageJob): Promise<PageResult> {
  const fetchBytes = async (place: string) => {
    const response = await fetch(folder + place);
    return response.arrayBuffer();
  };
  const fillInput = async (input: JobInput, index: number): Promise<JobInput> => {
    if (input.kind === "synthetic") return input;
    const buffer = await fetchBytes(`input/${index}`);
    if (input.kind === "pixels") return { ...input, data: new Uint8Array(buffer) };
    const types = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
    return { ...input, data: new types[input.dtype](buffer) };
  };
  try {
    const places = { library: `${folder}library/lightfuse.js`, job: `${folder}job.js` };
    const library = (await import(/* @vite-ignore */ places.library)) as Lightfuse;
    const { executeJob: execute } = (await import(/* @vite-ignore */ places.job)) as {
      executeJob: Executable;
    };
    let { model } = job;
    if ("weights" in model && model.weights !== "synthetic") {
      const data = new Uint8Array(await fetchBytes("weights"));
      model = { ...model, weights: { name: model.weights.name, data } };
    }
    const inputs = await Promise.all(job.inputs.map(fillInput));
    const result = await execute(library, { ...job, model, inputs });
    const { run } = result;
    if (!run) return { result };
    for (const [index, { data }] of run.outputs.entries()) {
      const body = data as Uint8Array<ArrayBuffer>;
      await fetch(`${folder}output/${index}`, { method: "POST", body });
    }
    const outputs = run.outputs.map((output) => ({ ...output, data: new Uint8Array(0) }));
    return { result: { ...result, run: { ...run, outputs } } };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { error: { name, message } };
  }
}

function fillOutputs(result: JobResult, posted: ReadonlyMap<string, Uint8Array>): JobResult {
  const { run } = result;
  if (!run) return result;
  const outputs = run.outputs.map((output, index) => {
    const { buffer } = new Uint8Array(posted.get(String(index)) ?? []);
    const types = { float32: Float32Array, int32: Int32Array, bool: Uint8Array };
    return { ...output, data: new types[output.dtype](buffer) };
  });
  return { ...result, run: { ...run, outputs } };
}
