/**
 * `precision: "auto"`: 16-bit floats where they are of use, until a run shows that numbers do not
 * fit. Runs that are checked find the greatest magnitude of all that they store; those after them
 * are as if `"f16"` or `"f32"` had been asked for.
 */
import type { Plan } from "./compiler/plan.ts";
import { Engine, fixedRunner } from "./engine.ts";
import type { Runner, Work } from "./engine.ts";
import { GREATEST_HALF } from "./formats/to-half.ts";
import type { BufferCopies } from "./gpu/buffer-copies.ts";
import type { Device } from "./gpu/device.ts";
import { Magnitudes } from "./gpu/magnitudes.ts";
import type { Magnitude } from "./gpu/magnitudes.ts";
import { probeDevice } from "./gpu/probe.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import { GraphError } from "./graph/errors.ts";
import type { Graph } from "./graph/graph.ts";
import { planGraph } from "./plan-graph.ts";
import type { PlanOptions } from "./plan-graph.ts";
import type { AutoPrecision } from "./precision.ts";

/** What `load` was asked for. */
export interface AutoOptions extends Omit<PlanOptions, "precision"> {
  readonly autoPrecision?: AutoPrecision;
}

/** A plan in the precision to begin with, and what runs it. */
export interface AutoPlan {
  readonly plan: Plan;
  readonly bufferCopies?: BufferCopies;
  /** @throws what a run of the sample throws */
  runnerOf(scheduler: Scheduler): Promise<Runner>;
}

/** Other inputs may give greater values than those of the runs that are checked. */
const MOST = GREATEST_HALF / 2;
/** Runs in a row with infinities or NaN in their inputs, after which they are taken to be usual. */
const MOST_UNFIT = 3;

/** As `planGraph`. @throws DeviceError; GraphError for what cannot run in f32 either. */
export async function planAuto(
  graph: Graph,
  device: Device,
  options: AutoOptions,
): Promise<AutoPlan> {
  const whole = () => planGraph(graph, device, { ...options, precision: "f32" });
  let reason = await whyWhole(graph, device, options);
  if (reason === null) {
    try {
      const half = await planGraph(graph, device, { ...options, precision: "f16" });
      const openWhole = async (): Promise<Engine> => {
        const { plan, bufferCopies } = await whole();
        return new Engine(await Scheduler.create(device, plan, { bufferCopies }));
      };
      const runnerOf = (scheduler: Scheduler): Promise<Runner> =>
        AutoRunner.open(new Engine(scheduler), openWhole, options.autoPrecision);
      return { ...half, runnerOf };
    } catch (error) {
      if (!(error instanceof GraphError)) throw error;
      reason = error.message.replace(/: use precision "f32"$/, "");
    }
  }
  const runnerOf = (scheduler: Scheduler): Promise<Runner> =>
    Promise.resolve({ ...fixedRunner(new Engine(scheduler)), reason });
  return { ...(await whole()), runnerOf };
}

/** Why a model is better stored in f32, as far as can be told before it is compiled. */
async function whyWhole(
  { inputs }: Graph,
  device: Device,
  { probe, autoPrecision = {} }: AutoOptions,
): Promise<string | null> {
  if (!device.gpu.features.has("shader-f16")) return 'the device does not have "shader-f16"';
  if (!autoPrecision.software) {
    // Some adapters do not say that they compute on the processor.
    if (probe ?? !device.traits.software) await probeDevice(device);
    if (device.traits.software) return "the adapter computes on the processor";
  }
  const integers = inputs.find(({ dtype }) => dtype === "int32");
  return integers ? `input "${integers.name}" is int32, and may hold any integer` : null;
}

/** An engine whose runs are looked at. */
class Checked {
  private constructor(
    readonly engine: Engine,
    private readonly magnitudes: Magnitudes,
  ) {}

  static async create(engine: Engine): Promise<Checked> {
    return new Checked(engine, await Magnitudes.create(engine.scheduler));
  }

  async compute<T>(work: Work<T>): Promise<{ result: T; found: readonly Magnitude[] }> {
    const settings = { watch: this.magnitudes.watch(), onInputsRead: undefined };
    const result = await work.run(this.engine, settings);
    try {
      return { result, found: await this.magnitudes.read() };
    } catch (error) {
      work.discard?.(result);
      throw error;
    }
  }

  /** Stops looking. */
  end(): void {
    this.magnitudes.destroy();
  }
}

class AutoRunner implements Runner {
  reason = "no run has been checked yet";
  private isSettled = false;
  private isDisposed = false;
  private unfit = 0;
  /** Resolves when the runs that were taken before have begun, or were checked. */
  private line: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  private half: Checked | null = null;
  private whole: Checked | null = null;
  private runsLeft: number;
  private readonly onFallback: AutoPrecision["onFallback"];

  private constructor(
    public engine: Engine,
    /** Null once it is not needed any more: it holds the graph. */
    private openWhole: (() => Promise<Engine>) | null,
    { runs = 1, onFallback }: AutoPrecision,
  ) {
    this.runsLeft = runs;
    this.onFallback = onFallback;
  }

  static async open(
    engine: Engine,
    openWhole: () => Promise<Engine>,
    options: AutoPrecision = {},
  ): Promise<AutoRunner> {
    const runner = new AutoRunner(engine, openWhole, options);
    const { sample } = options;
    if (sample === undefined) return runner;
    try {
      await runner.take({
        run: ({ scheduler, binder }, settings) => scheduler.run(binder.bind(sample, {}), settings),
      });
    } catch (error) {
      await runner.dispose();
      throw error;
    }
    return runner;
  }

  take<T>(work: Work<T>): Promise<T> {
    if (this.isSettled && this.waiting === 0) return work.run(this.engine);
    this.waiting++;
    const turn = this.line.then(async () => ({
      // In an object nobody waits for it: runs overlap once they are not checked.
      result: this.isSettled ? work.run(this.engine) : Promise.resolve(await this.check(work)),
    }));
    this.line = turn.catch(() => undefined).then(() => this.waiting--);
    return turn.then(({ result }) => result);
  }

  async dispose(): Promise<void> {
    this.isDisposed = true;
    const disposing = this.engine.dispose();
    const other = this.whole?.engine.dispose();
    await this.line;
    await disposing;
    await other;
    this.half?.end();
    this.whole?.end();
  }

  /** Computes a run in f16, and again in f32 where something does not fit. */
  private async check<T>(work: Work<T>): Promise<T> {
    this.half ??= await Checked.create(this.engine);
    const tried = await this.half.compute(work);
    if (tried.found.every(fits)) {
      work.onInputsRead?.();
      this.accept(tried.found);
      return tried.result;
    }
    work.discard?.(tried.result);
    this.whole ??= await Checked.create(await this.openWhole!());
    if (this.isDisposed) void this.whole.engine.dispose();
    const { result, found } = await this.whole.compute(work);
    work.onInputsRead?.();
    this.refuse(found, tried.found);
    return result;
  }

  private accept(found: readonly Magnitude[]): void {
    this.unfit = 0;
    const values = found.filter(({ kind }) => kind !== "weights");
    const most = values.reduce((best, one) => (one.greatest > best.greatest ? one : best));
    this.reason = `${describe(most)} at most, ${RANGE}`;
    if (--this.runsLeft <= 0) this.settle(this.half!, this.whole);
  }

  /** `inWhole`: the magnitudes themselves; in f16 they end at 65504. */
  private refuse(inWhole: readonly Magnitude[], inHalf: readonly Magnitude[]): void {
    const unfit = inWhole.find((one) => one.kind === "input" && !Number.isFinite(one.greatest));
    if (unfit && ++this.unfit < MOST_UNFIT) {
      this.reason = `${describe(unfit)}: that run was in f32, the next one is checked again`;
      return;
    }
    const found = unfit ?? inWhole.find((one) => !fits(one)) ?? inHalf.find((one) => !fits(one))!;
    this.reason = `${describe(found)}, ${RANGE}`;
    this.settle(this.whole!, this.half);
    this.onFallback?.(this.reason);
  }

  private settle({ engine }: Checked, other: Checked | null): void {
    this.isSettled = true;
    this.engine = engine;
    void other?.engine.dispose();
    this.half!.end();
    this.whole?.end();
    this.half = this.whole = this.openWhole = null;
  }
}

const RANGE = `16-bit floats hold up to ${GREATEST_HALF}, of which values may take half`;

/** Whether 16-bit floats hold it; weights are known, values need room. */
function fits({ kind, greatest }: Magnitude): boolean {
  return kind === "weights" ? greatest < GREATEST_HALF : greatest <= MOST;
}

function describe({ value, kind, greatest }: Magnitude): string {
  const what = { weights: "a weight", input: `input "${value}"`, value: `"${value}"` }[kind];
  if (Number.isNaN(greatest)) return `${what} holds NaN`;
  return greatest === Infinity
    ? `${what} holds infinity`
    : `${what} reaches ${Number(greatest.toPrecision(6))}`;
}
