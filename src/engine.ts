/** What computes the runs of a model: a plan on a device, and what binds inputs to it. */
import type { RunSettings, Scheduler } from "./gpu/scheduler.ts";
import { InputBinder } from "./inputs.ts";

export class Engine {
  readonly binder: InputBinder;

  constructor(readonly scheduler: Scheduler) {
    this.binder = new InputBinder(scheduler);
  }

  /** Frees the GPU memory; resolves when no run uses it. */
  async dispose(): Promise<void> {
    this.scheduler.dispose();
    // A run in flight still reads what the images of inputs were uploaded to.
    await this.scheduler.idle();
    this.binder.dispose();
  }
}

/** One run, which may be tried on one engine and be computed on another. */
export interface Work<T> {
  /** `settings` stand above those of the caller. */
  run(engine: Engine, settings?: Pick<RunSettings, "watch" | "onInputsRead">): Promise<T>;
  /** Frees a result that the caller does not get. */
  discard?(result: T): void;
  /** Of the caller. */
  readonly onInputsRead?: () => void;
}

/** Gives runs their engine, which may become another one. */
export interface Runner {
  readonly engine: Engine;
  /** Why numbers are stored as they are; null where the caller said how. */
  readonly reason: string | null;
  take<T>(work: Work<T>): Promise<T>;
  /** Resolves when no run uses what it had. */
  dispose(): Promise<void>;
}

/** One engine for all runs. */
export function fixedRunner(engine: Engine): Runner {
  return {
    engine,
    reason: null,
    take: (work) => work.run(engine),
    dispose: () => engine.dispose(),
  };
}
