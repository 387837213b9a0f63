/** A model that is ready to run. */
import type { Runner, Work } from "./engine.ts";
import { explain } from "./explain.ts";
import type { Explanation } from "./explain.ts";
import type { AdapterDescription } from "./gpu/device.ts";
import type { Profile } from "./gpu/profiler.ts";
import type { Scheduler } from "./gpu/scheduler.ts";
import type { Tensor } from "./graph/tensor.ts";
import type { RunInput, RunOptions, ToGpuOptions } from "./inputs.ts";
import { namedShape } from "./inspect.ts";
import type { NamedShape } from "./inspect.ts";
import type { Precision } from "./shaders/elements.ts";

/**
 * An output that stays on the GPU: row-major f32 in a buffer of its own. Of a `variable` one the
 * buffer holds all rows that are possible, and behind them one f32: how many of them count.
 */
export interface GpuTensor extends Omit<NamedShape, "name"> {
  readonly buffer: GPUBuffer;
  destroy(): void;
}

/** Milliseconds of loading; what is done beside something else is counted in both. */
export interface LoadTimes {
  /** Until the graph was there: the download, reading and parsing. */
  readonly loadMs: number;
  /** Until the last file had come; 0 where nothing was read. */
  readonly downloadMs: number;
  /** From the last file to the graph. */
  readonly parseMs: number;
  /** From the graph to pipelines and uploaded weights. */
  readonly compileMs: number;
  /** Waiting for the adapter and the device once the graph was there. */
  readonly deviceMs: number;
  readonly planMs: number;
  /** Of the thread: packing and writing weights. */
  readonly uploadMs: number;
  /** Until the last pipeline was ready, from when the plan was. */
  readonly pipelinesMs: number;
}

/** Milliseconds, counts and bytes. */
export interface Statistics extends LoadTimes {
  /** The first run; null before it. */
  readonly firstRunMs: number | null;
  /** With `precision: "auto"`: why the model is stored as it is; null where the caller said how. */
  readonly precisionReason: string | null;
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

export class Model {
  private firstRunMs: number | null = null;

  /** Use `load` or `createModel`. */
  constructor(
    private readonly runner: Runner,
    private readonly times: LoadTimes,
    private readonly ownsDevice: boolean,
  ) {}

  private get scheduler(): Scheduler {
    return this.runner.engine.scheduler;
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

  /** How numbers are stored; with `precision: "auto"` a run that is checked may change it. */
  get precision(): Precision {
    return this.scheduler.plan.elements.precision;
  }

  get statistics(): Statistics {
    const { plan, dispatchCount, device } = this.scheduler;
    const { weightBytes, arenaBytes, lowerBoundBytes, parameters, macs } = plan;
    return {
      ...this.times,
      firstRunMs: this.firstRunMs,
      precisionReason: this.runner.reason,
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
   * Runs the model. Runs may be started before others have ended: they are computed in the order of
   * the calls, while the next one is uploaded and the last one read back; no more than three are in
   * flight, the others wait.
   *
   * An input is read when its run's turn has come. It may be changed, closed or destroyed once
   * `onInputsRead` was called, and so when the promise has settled; unless the signal did that.
   * @param input the only input, or all inputs by name
   * @returns the outputs by name, row-major
   * @throws ShapeError or GraphError when an input does not fit; DeviceError when the GPU fails;
   *   the signal's reason
   */
  async run(
    input: RunInput | Readonly<Record<string, RunInput>>,
    options: RunOptions = {},
  ): Promise<Record<string, Tensor>> {
    const start = performance.now();
    const { onInputsRead } = options;
    const work: Work<Record<string, Tensor>> = {
      run: ({ scheduler, binder }, settings) =>
        scheduler.run(binder.bind(input, options), { ...options, ...settings }),
      onInputsRead,
    };
    const outputs = await untilAborted(options.signal, () => this.runner.take(work));
    this.firstRunMs ??= performance.now() - start;
    return outputs;
  }

  /** As `run`, with the outputs left on the GPU; the caller destroys them. */
  async runToGpu(
    input: RunInput | Readonly<Record<string, RunInput>>,
    options: ToGpuOptions = {},
  ): Promise<Record<string, GpuTensor>> {
    const { onInputsRead } = options;
    const discard = (late: ReadonlyMap<string, GPUBuffer>): void =>
      late.forEach((buffer) => buffer.destroy());
    const work: Work<Map<string, GPUBuffer>> = {
      run: ({ scheduler, binder }, settings) =>
        scheduler.runToGpu(binder.bind(input, options), { ...options, ...settings }),
      discard,
      onInputsRead,
    };
    const buffers = await untilAborted(options.signal, () => this.runner.take(work), discard);
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
    const { device } = this.scheduler;
    void this.runner.dispose().then(() => {
      if (this.ownsDevice) device.destroy();
    });
  }
}

/** What `start` gives; from the abort on the signal's reason, and `discard` gets what comes too late. */
function untilAborted<T>(
  signal: AbortSignal | undefined,
  start: () => Promise<T>,
  discard?: (late: T) => void,
): Promise<T> {
  if (!signal) return start();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    const settle = (): void => signal.removeEventListener("abort", abort);
    start()
      .then((result) => (signal.aborted ? discard?.(result) : resolve(result)), reject)
      .finally(settle);
    signal.addEventListener("abort", abort);
  });
}
