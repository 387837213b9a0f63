/** The worker: keeps the device and one model, and answers the page's calls in their order. */
import {
  createModel,
  DeviceError,
  load,
  NETWORKS,
  openDevice,
  type Device,
  type LoadOptions,
  type Model,
  type PreprocessName,
} from "../src/index.ts";
import { readFindings, taskOf, usualPreprocess } from "./findings.ts";
import type {
  Answer,
  Calls,
  ModelChoice,
  ModelSummary,
  Request,
  RunRequest,
  RunResult,
  Task,
} from "./protocol.ts";

/** What this file needs of a worker's global scope, whose types clash with those of a page. */
interface WorkerScope {
  addEventListener(type: "message", listener: (event: MessageEvent<Request>) => void): void;
  postMessage(answer: Answer): void;
}

interface Loaded {
  readonly model: Model;
  readonly task: Task;
  readonly preprocess: PreprocessName;
}

/** Enough to even out what else the computer does. */
const PROFILE_REPEATS = 3;

const scope = globalThis as unknown as WorkerScope;

let device: Device | null = null;
let loaded: Loaded | null = null;
let lastRun: Required<RunRequest> | null = null;
let loading = new AbortController();
let turn: Promise<void> = Promise.resolve();

scope.addEventListener("message", ({ data }) => {
  if (data.call === "load") {
    // Nobody waits for the model before it any more.
    loading.abort();
    loading = new AbortController();
  }
  const { signal } = loading;
  turn = turn.then(() => answer(data, signal));
});

async function answer(request: Request, signal: AbortSignal): Promise<void> {
  const { id } = request;
  try {
    scope.postMessage({ id, result: await perform(request, signal) });
  } catch (error) {
    // A lost device stays lost: the next model opens another.
    if (error instanceof DeviceError) device = null;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    scope.postMessage({ id, error: { name, message } });
  }
}

function perform(request: Request, signal: AbortSignal): Promise<Calls[Request["call"]]["result"]> {
  switch (request.call) {
    case "networks":
      return Promise.resolve(NETWORKS.map(({ id, title }) => ({ id, title })));
    case "load":
      return loadModel(request.argument, signal);
    case "run":
      return run(request.argument);
    case "profile":
      return profile();
  }
}

async function loadModel(choice: ModelChoice, signal: AbortSignal): Promise<ModelSummary> {
  signal.throwIfAborted();
  device ??= await openDevice();
  const next = await build(choice, {
    device,
    signal,
    onProgress: (progress) => scope.postMessage({ progress }),
  });
  loaded?.model.dispose();
  loaded = next;
  const { model, task, preprocess } = next;
  const { name, adapter, statistics, inputs } = model;
  const input = { name: inputs[0].name, shape: [...inputs[0].shape] };
  const explanation = model.explain();
  return { name, task, input, adapter, statistics: { ...statistics }, explanation, preprocess };
}

async function build(choice: ModelChoice, options: LoadOptions): Promise<Loaded> {
  if (choice.kind === "network") {
    const entry = NETWORKS.find(({ id }) => id === choice.id)!;
    const model = await createModel(choice.id, "synthetic", options);
    return { model, task: "timing", preprocess: entry.preprocess as PreprocessName };
  }
  if (choice.kind === "address") {
    const model = await load(choice.address, options);
    return { model, task: taskOf(model.outputs), preprocess: choice.preprocess };
  }
  const model = await load(choice.bytes, { ...options, name: choice.name });
  const task = taskOf(model.outputs);
  return { model, task, preprocess: usualPreprocess(task) };
}

async function run(request: RunRequest): Promise<RunResult> {
  const { model, task } = demand(loaded, "no model is loaded");
  const { image, preprocess } = remember(request);
  const { width, height } = image;
  const start = performance.now();
  const outputs = await model.run({ image, preprocess });
  const ms = performance.now() - start;
  const findings = readFindings(task, outputs, {
    input: model.inputs[0].shape,
    picture: { width, height, preprocess },
  });
  return { findings, ms, firstRunMs: model.statistics.firstRunMs };
}

/** Keeps the picture for runs that bring none. */
function remember({ image, preprocess }: RunRequest): Required<RunRequest> {
  if (image) lastRun?.image.close();
  const kept = image ?? demand(lastRun, "no picture was given").image;
  lastRun = { image: kept, preprocess };
  return lastRun;
}

async function profile(): Promise<Calls["profile"]["result"]> {
  const { model } = demand(loaded, "no model is loaded");
  const { image, preprocess } = demand(lastRun, "no picture was given");
  return model.profile({ image, preprocess }, { repeat: PROFILE_REPEATS });
}

function demand<T>(value: T | null, reason: string): T {
  if (value === null) throw new Error(reason);
  return value;
}
