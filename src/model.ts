/** Makes models ready to run: reads them, compiles them and brings them to the GPU. */
import type { NetworkOptions } from "./blocks/networks/options.ts";
import { Engine, fixedRunner } from "./engine.ts";
import { isOnDisk } from "./formats/fetch.ts";
import { adoptDevice, Device, openDevice } from "./gpu/device.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import type { Graph } from "./graph/graph.ts";
import { readGraph } from "./import.ts";
import type { ImportOptions, ModelSource } from "./import.ts";
import { Model } from "./loaded-model.ts";
import { planModel } from "./plan-model.ts";
import type { ModelPlanOptions } from "./plan-model.ts";
import { withWeights } from "./weights.ts";
import type { Weights } from "./weights.ts";

/**
 * How far loading has come: bytes of a download or of weights on their way to the GPU, or
 * pipelines. The last two go on side by side. `total` is 0 where it is not known.
 */
export interface Progress {
  readonly phase: "download" | "compile" | "upload" | "pipelines";
  readonly done: number;
  readonly total: number;
}

export interface LoadOptions
  extends ModelPlanOptions, Omit<ImportOptions, "onProgress" | "onRead"> {
  /** Models on one device share pipelines. By default a device is opened and closed with the model. */
  readonly device?: Device | GPUDevice;
  /**
   * How many items a run takes at once: the first size of every input and output becomes this. A
   * model that mixes the items of a batch, or leaves no place for them, is a GraphError.
   */
  readonly batch?: number;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Loads a model and makes it ready to run.
 *
 * @example
 * const model = await load("mobilenet_v2.onnx");
 * const { output } = await model.run(document.querySelector("img"), { preprocess: "tf" });
 *
 * @throws FormatError when the file cannot be read; DeviceError when there is no GPU to run it, or
 *   not in the precision;
 *   ShaderError when a shader does not compile
 */
export function load(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  return prepare(options, async (reading) => inBatches(await readGraph(source, reading), options));
}

/**
 * A network of the registry, or any graph with parameters, with its weights.
 *
 * @example
 * const model = await createModel("mobilenet_v3_small", "https://example.org/v3_small.safetensors");
 *
 * @throws GraphError for an unknown network; WeightsError when a tensor is missing or mis-shaped
 */
export function createModel(
  network: string | Graph,
  weights: Weights,
  options: LoadOptions & NetworkOptions = {},
): Promise<Model> {
  return prepare(options, async (reading, opening) => {
    const named =
      typeof network === "string"
        ? (await import("./blocks/networks.ts")).network(network, options)
        : network;
    const graph = await inBatches(named, options);
    const binding = withWeights(graph, weights, reading);
    const isAddress = typeof weights === "string" || weights instanceof URL;
    if (isAddress && weights !== "synthetic" && !isOnDisk(String(weights))) {
      const { warmUp } = await import("./warm-up.ts");
      void warmUp(graph, opening, options, binding);
    }
    return binding;
  });
}

async function inBatches(graph: Graph, { batch }: LoadOptions): Promise<Graph> {
  if (batch === undefined || graph.inputs.every(({ shape }) => shape[0] === batch)) return graph;
  return (await import("./graph/batch.ts")).withBatch(graph, batch);
}

/** The device that the caller has, or one of the model's own. */
async function deviceOf({ device }: LoadOptions): Promise<Device> {
  if (device instanceof Device) return device;
  return device ? adoptDevice(device) : openDevice();
}

/** `read` gives the graph, while the device is opened. */
async function prepare(
  options: LoadOptions,
  read: (reading: ImportOptions, opening: Promise<Device>) => Promise<Graph>,
): Promise<Model> {
  const { signal, onProgress } = options;
  const start = performance.now();
  let lastRead = start;
  signal?.throwIfAborted();
  const report = (phase: Progress["phase"]) => (done: number, total: number) =>
    onProgress?.({ phase, done, total });
  const opening = deviceOf(options);
  try {
    const reading = read(
      {
        ...options,
        onProgress: onProgress && report("download"),
        onRead: () => (lastRead = performance.now()),
      },
      opening,
    );
    // Without a device nobody waits for the download.
    const graph = await Promise.race([reading, opening.then(() => reading)]);
    const loaded = performance.now();
    const device = await opening;
    const opened = performance.now();
    signal?.throwIfAborted();
    report("compile")(0, 1);
    const { plan, bufferCopies, runnerOf } = await planModel(graph, device, options);
    const planMs = performance.now() - opened;
    report("compile")(1, 1);
    const scheduler = await Scheduler.create(device, plan, {
      bufferCopies,
      signal,
      onUpload: report("upload"),
      onPipeline: report("pipelines"),
    });
    const times = {
      loadMs: loaded - start,
      downloadMs: lastRead - start,
      parseMs: loaded - lastRead,
      compileMs: performance.now() - loaded,
      deviceMs: opened - loaded,
      planMs,
      ...scheduler.times,
    };
    const runner = (await runnerOf?.(scheduler)) ?? fixedRunner(new Engine(scheduler));
    return new Model(runner, times, options.device === undefined);
  } catch (error) {
    if (!options.device) void opening.then((device) => device.destroy()).catch(() => undefined);
    throw error;
  }
}
