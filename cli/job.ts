/**
 * The work of a command on a device. The same function runs in Node and, sent as text, in Chromium:
 * so it reads nothing but its parameters.
 */
import type * as lightfuse from "../src/index.ts";
import type {
  AdapterDescription,
  DataType,
  DeviceClass,
  Graph,
  GraphExplanation,
  ImageInput,
  KernelTuning,
  LoadOptions,
  Model,
  Peaks,
  PreprocessName,
  Profile,
  RunInput,
  Shape,
  Tensor,
  Verification,
} from "../src/index.ts";

export type Lightfuse = typeof lightfuse;

/** The model: a file, or a network with its weights. */
export type JobModel =
  | {
      /** As the user wrote it, for errors. */
      readonly name: string;
      /** A path in Node, an address in Chromium. */
      readonly file: string;
    }
  | { readonly name: string; readonly network: string; readonly weights: JobWeights };

/** Weights by formula, or a safetensors file. */
export type JobWeights = "synthetic" | { readonly name: string; readonly data: Uint8Array };

/** What one input is filled with; without a name it is the first that is still free. */
export type JobInput = { readonly name?: string } & (
  | { readonly kind: "synthetic" }
  | {
      readonly kind: "tensor";
      readonly shape: Shape;
      readonly dtype: DataType;
      readonly data: Tensor["data"];
    }
  | {
      readonly kind: "pixels";
      readonly width: number;
      readonly height: number;
      /** RGBA */
      readonly data: Uint8Array;
      readonly preprocess: PreprocessName;
    }
);

export interface Job {
  readonly task: "run" | "explain" | "profile" | "verify" | "tune";
  readonly model: JobModel;
  readonly inputs: readonly JobInput[];
  /**
   * Timed runs after the first; fewer, but at least one, when they take longer than the budget. Of
   * `tune` rounds.
   */
  readonly runs: number;
  readonly budgetMs?: number;
  /** Items that a run takes at once; absent where the model is left as it is. */
  readonly batch?: number;
  /** Of `explain`: what is known of the adapter. */
  readonly peaks?: Partial<Peaks>;
  /** Of `explain`: what to take the adapter for. */
  readonly deviceClass?: DeviceClass;
  /** Kernels that were chosen before. */
  readonly tuning?: KernelTuning;
  /** Of `run`. */
  readonly precision?: LoadOptions["precision"];
}

export interface RunResult {
  readonly outputs: readonly (Tensor & { readonly name: string })[];
  readonly loadMs: number;
  readonly compileMs: number;
  readonly firstMs: number;
  /** Milliseconds of each run after the first. */
  readonly times: readonly number[];
  readonly dispatches: number;
  readonly passes: number;
  readonly submits: number;
  readonly weightBytes: number;
  readonly activationBytes: number;
  /** How numbers were stored in the last run; why, where that was left to lightfuse. */
  readonly precision: Model["precision"];
  readonly precisionReason: string | null;
}

/** What the task gave; exactly one member of the task's name. */
export interface JobResult {
  readonly adapter: AdapterDescription;
  readonly run?: RunResult;
  readonly explain?: GraphExplanation;
  readonly profile?: Profile;
  readonly verify?: Verification;
  readonly tune?: KernelTuning;
  /** Why a table of kernels was not used; null where it was. */
  readonly unused?: string | null;
}

/**
 * Opens a device, does the task, and gives the device back.
 * @throws whatever the library throws; Error when the inputs do not fit those of the model
 */
export async function executeJob(library: Lightfuse, job: Job): Promise<JobResult> {
  const { name } = job.model;

  interface Slot {
    readonly name: string;
    readonly shape: Shape;
    readonly dtype: DataType;
  }

  function fill(slot: Slot, input: JobInput): RunInput {
    switch (input.kind) {
      case "tensor": {
        const { shape, dtype, data } = input;
        // Photos are often saved as bytes.
        const widen = slot.dtype === "float32" && dtype !== "float32";
        return widen
          ? { shape, dtype: "float32", data: Float32Array.from(data) }
          : { shape, dtype, data };
      }
      case "pixels": {
        const { data, width, height, preprocess } = input;
        return { image: { data, width, height }, preprocess };
      }
      case "synthetic":
        return slot.dtype === "float32"
          ? library.syntheticInput(slot.shape)
          : { ...slot, data: new Int32Array(slot.shape.reduce((a, b) => a * b, 1)) };
    }
  }

  function assign(slots: readonly Slot[]): Record<string, RunInput> {
    const names = slots.map((slot) => `"${slot.name}"`).join(", ");
    const taken = new Map<string, JobInput>();
    for (const input of job.inputs) {
      if (input.name === undefined) continue;
      if (!slots.some((slot) => slot.name === input.name)) {
        throw new Error(`"${name}" has no input "${input.name}", expected ${names}`);
      }
      if (taken.has(input.name)) throw new Error(`input "${input.name}" is given twice`);
      taken.set(input.name, input);
    }
    const images = job.inputs.filter(({ kind }) => kind === "pixels");
    const [only] = slots;
    if (slots.length === 1 && images.length > 1 && images.length === job.inputs.length) {
      return { [only.name]: images.map((input) => fill(only, input) as ImageInput) };
    }
    const unnamed = job.inputs.filter((input) => input.name === undefined);
    const free = slots.filter((slot) => !taken.has(slot.name));
    if (unnamed.length > free.length) {
      throw new Error(`${job.inputs.length} inputs are given, but "${name}" has ${slots.length}`);
    }
    free.forEach((slot, index) => {
      // One synthetic input stands for all the rest.
      const rest = unnamed.at(-1)?.kind === "synthetic" ? unnamed.at(-1) : undefined;
      const input = unnamed.at(index) ?? rest;
      if (!input) throw new Error(`input "${slot.name}" of "${name}" is not given`);
      taken.set(slot.name, input);
    });
    return Object.fromEntries(slots.map((slot) => [slot.name, fill(slot, taken.get(slot.name)!)]));
  }

  function bindNetwork(id: string, weights: JobWeights): Graph {
    const graph = library.network(id);
    if (weights === "synthetic") {
      return library.bindWeights(graph, library.syntheticWeights(graph), "the synthetic weights");
    }
    const tensors = library.parseSafetensors(weights.data, weights.name);
    const own = library.isSuperNetwork(tensors)
      ? library.subNetworkWeights(graph, tensors, weights.name)
      : tensors;
    return library.bindWeights(graph, own, weights.name);
  }

  const started = performance.now();
  const read =
    "file" in job.model
      ? await library.readGraph(job.model.file, { name })
      : bindNetwork(job.model.network, job.model.weights);
  const graph = job.batch === undefined ? read : library.withBatch(read, job.batch);
  const loadMs = performance.now() - started;
  // Before the device, so that mistakes are told at once.
  const inputs = job.task === "explain" || job.task === "tune" ? {} : assign(graph.inputs);

  const device = await library.openDevice();
  try {
    const { adapter } = device;
    const { tuning } = job;
    const unused = tuning ? await library.whyUnused(tuning, adapter) : null;
    if (job.task === "verify") {
      const tensors = inputs as Record<string, Tensor>;
      return { adapter, verify: await library.verify(graph, tensors, device) };
    }
    if (job.task === "explain") {
      const { peaks, deviceClass } = job;
      const options = { peaks, deviceClass, tuning };
      return { adapter, explain: await library.explainGraph(graph, device, options), unused };
    }
    if (job.task === "tune") {
      const { runs: rounds, budgetMs } = job;
      return { adapter, tune: await library.tune(graph, { device, rounds, budgetMs }) };
    }
    const { precision } = job;
    const model = await library.load(graph, { device, tuning, precision });
    if (job.task === "profile") {
      return { adapter, profile: await model.profile(inputs, { repeat: job.runs }) };
    }

    let outputs = await model.run(inputs);
    const firstMs = model.statistics.firstRunMs ?? NaN;
    const times: number[] = [];
    const { runs, budgetMs = Infinity } = job;
    for (let i = 0, spent = 0; i < runs && spent < budgetMs; i++) {
      const runStarted = performance.now();
      outputs = await model.run(inputs);
      times.push(performance.now() - runStarted);
      spent += times[i];
    }
    const { statistics } = model;
    const { compileMs, dispatches, passes, submits, weightBytes, arenaBytes } = statistics;
    const { precisionReason } = statistics;
    const run: RunResult = {
      outputs: Object.entries(outputs).map(([output, tensor]) => ({ name: output, ...tensor })),
      loadMs,
      compileMs,
      firstMs,
      times,
      dispatches,
      passes,
      submits,
      weightBytes,
      activationBytes: arenaBytes,
      precision: model.precision,
      precisionReason,
    };
    const unfit = tuning ? await library.whyUnused(tuning, adapter, model.precision) : null;
    return { adapter, run, unused: unfit };
  } finally {
    device.destroy();
  }
}
