/** A model that is ready to run: what `load` and `createModel` return. */
import { isSuperNetwork } from "./blocks/networks/is-super-network.ts";
import type { NetworkOptions } from "./blocks/networks/options.ts";
import { compile } from "./compiler/compile.ts";
import type { Fusion } from "./compiler/fusions/fusion.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { CompileOptions } from "./compiler/options.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explain.ts";
import { readBytes } from "./formats/fetch.ts";
import { parseSafetensors } from "./formats/safetensors.ts";
import { adoptDevice, Device, openDevice } from "./gpu/device.ts";
import type { AdapterDescription } from "./gpu/device.ts";
import type { Profile } from "./gpu/profiler.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import type { Graph } from "./graph/graph.ts";
import { syntheticWeights } from "./graph/synthetic.ts";
import type { Tensor } from "./graph/tensor.ts";
import { bindWeights } from "./graph/weights.ts";
import { readGraph } from "./import.ts";
import type { ImportOptions, ModelSource } from "./import.ts";
import { InputBinder } from "./inputs.ts";
import type { RunInput, RunOptions } from "./inputs.ts";
import { namedShape } from "./inspect.ts";
import type { NamedShape } from "./inspect.ts";
import { loadPrecision } from "./precision.ts";

/** How far loading has come: bytes of a download, or pipelines. `total` is 0 where it is not known. */
export interface Progress {
  readonly phase: "download" | "compile" | "pipelines";
  readonly done: number;
  readonly total: number;
}

export interface LoadOptions extends CompileOptions, Omit<ImportOptions, "onProgress"> {
  /** Fusions of one's own (`defineFusion`), tried before those of the package. */
  readonly fusions?: readonly Fusion[];
  /** Models on one device share pipelines. By default a device is opened and closed with the model. */
  readonly device?: Device | GPUDevice;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Tensors by `state_dict` name; a safetensors file, or where it is; or "synthetic", the formula
 * weights of the test networks. Those of a Once-for-All super-network serve its sub-networks.
 */
export type Weights = string | URL | Uint8Array | ReadonlyMap<string, Tensor>;

/**
 * An output that stays on the GPU: row-major f32 in a buffer of its own. Of a `variable` one the
 * buffer holds all rows that are possible, and behind them one f32: how many of them count.
 */
export interface GpuTensor extends Omit<NamedShape, "name"> {
  readonly buffer: GPUBuffer;
  destroy(): void;
}

/** Milliseconds, counts and bytes. */
export interface Statistics {
  /** Reading and parsing. */
  readonly loadMs: number;
  /** From the graph to pipelines and uploaded weights. */
  readonly compileMs: number;
  /** The first run; null before it. */
  readonly firstRunMs: number | null;
  /** Of one run with tensors of the host. */
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly weightBytes: number;
  readonly arenaBytes: number;
  readonly lowerBoundBytes: number;
  readonly parameters: number;
  readonly macs: number;
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
export async function load(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  const start = performance.now();
  const graph = await readGraph(source, importOptions(options));
  return prepare(graph, options, start);
}

/**
 * A network of the registry, or any graph with parameters, with its weights.
 *
 * @example
 * const model = await createModel("mobilenet_v3_small", "https://example.org/v3_small.safetensors");
 *
 * @throws GraphError for an unknown network; WeightsError when a tensor is missing or mis-shaped
 */
export async function createModel(
  network: string | Graph,
  weights: Weights,
  options: LoadOptions & NetworkOptions = {},
): Promise<Model> {
  const start = performance.now();
  const graph =
    typeof network === "string"
      ? (await import("./blocks/networks.ts")).network(network, options)
      : network;
  return prepare(await withWeights(graph, weights, options), options, start);
}

/** The graph with its parameters filled. @throws WeightsError when a tensor is missing or mis-shaped */
export async function withWeights(
  graph: Graph,
  weights: Weights,
  options: LoadOptions = {},
): Promise<Graph> {
  if (weights === "synthetic") {
    return bindWeights(graph, syntheticWeights(graph), "formula weights");
  }
  if (weights instanceof Uint8Array) {
    return bindNamed(graph, parseSafetensors(weights), "the given file");
  }
  if (typeof weights !== "string" && !(weights instanceof URL)) {
    return bindNamed(graph, weights, "the given tensors");
  }
  const address = String(weights);
  const name = address.split(/[/\\]/).at(-1) ?? address;
  const bytes = await readBytes(address, importOptions(options));
  return bindNamed(graph, parseSafetensors(bytes, name), name);
}

/** Of a super-network's weights a sub-network takes its part. */
async function bindNamed(
  graph: Graph,
  weights: ReadonlyMap<string, Tensor>,
  source: string,
): Promise<Graph> {
  if (!isSuperNetwork(weights)) return bindWeights(graph, weights, source);
  const { subNetworkWeights } = await import("./blocks/networks/super-network.ts");
  return bindWeights(graph, subNetworkWeights(graph, weights, source), source);
}

function importOptions({
  name,
  inputShapes,
  inputValues,
  externalData,
  signal,
  cache,
  onProgress,
}: LoadOptions): ImportOptions {
  return {
    name,
    inputShapes,
    inputValues,
    externalData,
    signal,
    cache,
    onProgress: onProgress && ((done, total) => onProgress({ phase: "download", done, total })),
  };
}

async function prepare(graph: Graph, options: LoadOptions, start: number): Promise<Model> {
  const { signal, onProgress } = options;
  const loaded = performance.now();
  signal?.throwIfAborted();
  const ownsDevice = options.device === undefined;
  const device =
    options.device instanceof Device
      ? options.device
      : options.device
        ? adoptDevice(options.device)
        : await openDevice();
  try {
    signal?.throwIfAborted();
    onProgress?.({ phase: "compile", done: 0, total: 1 });
    const { elements, bufferCopies } = await loadPrecision(device, options.precision);
    const input = { fuse: options.fuse, elements };
    const table = await loadLowerTable(graph, options.fuse, options.fusions);
    const plan = compile(graph, device.traits, input, table);
    onProgress?.({ phase: "compile", done: 1, total: 1 });
    const scheduler = await Scheduler.create(device, plan, {
      bufferCopies,
      onPipeline: (done, total) => onProgress?.({ phase: "pipelines", done, total }),
    });
    if (signal?.aborted) scheduler.dispose();
    signal?.throwIfAborted();
    const times = { loadMs: loaded - start, compileMs: performance.now() - loaded };
    return new Model(scheduler, times, ownsDevice);
  } catch (error) {
    if (ownsDevice) device.destroy();
    throw error;
  }
}

export class Model {
  private readonly binder: InputBinder;
  private firstRunMs: number | null = null;

  /** Use `load` or `createModel`. */
  constructor(
    private readonly scheduler: Scheduler,
    private readonly times: { readonly loadMs: number; readonly compileMs: number },
    private readonly ownsDevice: boolean,
  ) {
    this.binder = new InputBinder(scheduler);
  }

  get name(): string {
    return this.scheduler.plan.name;
  }

  get inputs(): readonly NamedShape[] {
    return this.scheduler.plan.inputs.map(namedShape);
  }

  get outputs(): readonly NamedShape[] {
    return this.scheduler.plan.outputs.map(namedShape);
  }

  /** The adapter that runs the model. */
  get adapter(): AdapterDescription {
    return this.scheduler.device.adapter;
  }

  get statistics(): Statistics {
    const { plan, dispatchCount, device } = this.scheduler;
    const { weightBytes, arenaBytes, lowerBoundBytes, parameters, macs } = plan;
    return {
      ...this.times,
      firstRunMs: this.firstRunMs,
      dispatches: dispatchCount,
      passes: 1,
      submits: 1,
      pipelines: device.pipelines.size,
      weightBytes,
      arenaBytes,
      lowerBoundBytes,
      parameters,
      macs,
    };
  }

  /**
   * Runs the model; runs that overlap take turns. An input is read when its run's turn has come:
   * leave it as it is until then.
   * @param input the only input, or all inputs by name
   * @returns the outputs by name, row-major
   * @throws ShapeError or GraphError when an input does not fit; DeviceError when the GPU fails
   */
  async run(
    input: RunInput | Readonly<Record<string, RunInput>>,
    options: RunOptions = {},
  ): Promise<Record<string, Tensor>> {
    const start = performance.now();
    const sources = this.binder.bind(input, options);
    options.signal?.throwIfAborted();
    const outputs = await this.scheduler.run(sources);
    this.firstRunMs ??= performance.now() - start;
    return outputs;
  }

  /** As `run`, with the outputs left on the GPU; the caller destroys them. */
  async runToGpu(
    input: RunInput | Readonly<Record<string, RunInput>>,
    options: RunOptions = {},
  ): Promise<Record<string, GpuTensor>> {
    const sources = this.binder.bind(input, options);
    options.signal?.throwIfAborted();
    const buffers = await this.scheduler.runToGpu(sources);
    return Object.fromEntries(
      this.outputs.map(({ name, ...output }) => {
        const buffer = buffers.get(name)!;
        return [name, { ...output, buffer, destroy: () => buffer.destroy() }];
      }),
    );
  }

  /** What each dispatch does, and what memory it takes. */
  explain(): Explanation {
    return explain(this.scheduler.plan);
  }

  /** Times each dispatch on the given input: the median of `repeat` runs. */
  async profile(
    input: RunInput | Readonly<Record<string, RunInput>>,
    { repeat = 5, ...options }: RunOptions & { readonly repeat?: number } = {},
  ): Promise<Profile> {
    await this.run(input, options);
    const { profile } = await import("./gpu/profiler.ts");
    return profile(this.scheduler, repeat);
  }

  /** Frees the GPU memory, and the device if the model opened it. */
  dispose(): void {
    this.scheduler.dispose();
    // A run in flight still reads what the images of inputs were uploaded to.
    void this.scheduler.idle().then(() => {
      this.binder.dispose();
      if (this.ownsDevice) this.scheduler.device.destroy();
    });
  }
}
