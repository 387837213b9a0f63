/**
 * `tuneInBackground`: times kernels while a model is used, and lets its runs go by the fastest as soon
 * as these are ready. Loaded for models that are to be tuned so.
 */
import { tablesOf } from "./choose-kernels.ts";
import { Engine } from "./engine.ts";
import type { Runner, Work } from "./engine.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import type { Graph } from "./graph/graph.ts";
import { planGraph } from "./plan-graph.ts";
import type { PlanOptions } from "./plan-graph.ts";
import { tuneKernels } from "./tune-kernels.ts";
import type { KernelTuneOptions } from "./tune-kernels.ts";
import type { KernelTuning } from "./tuning-table.ts";

export interface BackgroundTuning extends Pick<
  KernelTuneOptions,
  "rounds" | "budgetMs" | "keep" | "onSite"
> {
  /** Called when the model goes by what was found: the sites that no table of `tuning` had. */
  readonly onTuned?: (tuning: KernelTuning) => void;
  /** Called when that failed; the model runs as before. */
  readonly onError?: (error: unknown) => void;
}

/** A runner of a model that is tuned from its first result on. `graph` is held until that has ended. */
export function tunedRunner(
  engine: Engine,
  graph: Graph,
  options: PlanOptions,
  { onTuned, onError, ...background }: BackgroundTuning,
): Runner {
  const { device } = engine.scheduler;
  const find: FindEngine = async (signal, use) => {
    const { precision = "f32", fuse, goal, fusions } = options;
    const known = await tablesOf(options.tuning ?? [], device, precision);
    const sites = new Set(known.flatMap(({ choices }) => Object.keys(choices)));
    const tuning = await tuneKernels(graph, {
      ...{ ...background, device, precision, fuse, goal, fusions, signal },
      whenIdle: true,
      isKnown: (site) => sites.has(site),
    });
    const isFirst = tuning.sites.every(({ site, times: [first] }) => {
      return tuning.choices[site] === first.variant;
    });
    if (!isFirst) {
      const planned = await planGraph(graph, device, { ...options, tuning: [...known, tuning] });
      const { plan, bufferCopies } = planned;
      use(new Engine(await Scheduler.create(device, plan, { bufferCopies, signal })));
    }
    onTuned?.(tuning);
  };
  return new ReplacingRunner(engine, find, onError);
}

/** Looks for a better engine, and says so when it has one. The signal ends the search. */
export type FindEngine = (signal: AbortSignal, use: (engine: Engine) => void) => Promise<void>;

/** One engine for all runs, until a better one is found. */
export class ReplacingRunner implements Runner {
  readonly reason = null;
  private readonly ending = new AbortController();
  /** Resolves when the search has ended, and what it replaced is free. */
  private search: Promise<unknown> | null = null;
  private replacing: Promise<unknown> | null = null;

  constructor(
    public engine: Engine,
    /** Null once it has begun: it holds the graph. */
    private find: FindEngine | null,
    private readonly onError: (error: unknown) => void = () => undefined,
  ) {}

  async take<T>(work: Work<T>): Promise<T> {
    const result = await work.run(this.engine);
    this.begin();
    return result;
  }

  /** After the first result, which nothing shall delay. */
  private begin(): void {
    const { find } = this;
    const { signal } = this.ending;
    if (!find || signal.aborted) return;
    this.find = null;
    this.search = find(signal, (engine) => this.replaceBy(engine)).catch((error: unknown) => {
      if (!signal.aborted) this.onError(error);
    });
  }

  private replaceBy(engine: Engine): void {
    if (this.ending.signal.aborted) return void engine.dispose();
    const before = this.engine;
    // Runs are computed in the order of their calls: those of the engine before end first.
    const idle = before.scheduler.idle();
    engine.scheduler.enqueue(() => idle).catch(() => undefined);
    this.engine = engine;
    this.replacing = idle.then(() => before.dispose());
  }

  async dispose(): Promise<void> {
    this.ending.abort();
    const disposing = this.engine.dispose();
    await this.search;
    await this.replacing;
    await disposing;
  }
}
