/** Times the kernels that can compute each place of a model on a device, to choose one for each. */
import { compile } from "./compiler/compile.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { LowerTable } from "./compiler/lower/lower.ts";
import type { Dispatch, Plan } from "./compiler/plan.ts";
import { withChoices } from "./compiler/variants.ts";
import type { Choices, SeenSite } from "./compiler/variants.ts";
import type { AnyVariant } from "./compiler/variants/family.ts";
import { openDevice } from "./gpu/device.ts";
import type { Device } from "./gpu/device.ts";
import { probeDevice } from "./gpu/probe.ts";
import { median } from "./gpu/timing.ts";
import { Workbench } from "./gpu/workbench.ts";
import type { Bench } from "./gpu/workbench.ts";
import { GraphError } from "./graph/errors.ts";
import type { Graph } from "./graph/graph.ts";
import { readGraph } from "./import.ts";
import type { ModelSource } from "./import.ts";
import type { PlanOptions } from "./plan-graph.ts";
import { loadPrecision } from "./precision.ts";
import type { Elements } from "./shaders/elements.ts";
import { emptyTuning } from "./tuning-table.ts";
import type { KernelTuning, TimedSite } from "./tuning-table.ts";
import { keepTuning } from "./tuning-store.ts";

export interface KernelTuneOptions extends Omit<PlanOptions, "tuning" | "probe"> {
  /** By default one is opened, and closed at the end. */
  readonly device?: Device;
  /** In each, all variants of a site are timed one after the other; by default 9. */
  readonly rounds?: number;
  /** Milliseconds for the whole model: what is left then is not timed. Sites that take most come first. */
  readonly budgetMs?: number;
  /** Keeps what was found on this machine, for `load(model, { tuning: true })`. */
  readonly keep?: boolean;
  /** Waits before each measurement, and each plan, until the page has nothing to do. */
  readonly whenIdle?: boolean;
  readonly signal?: AbortSignal;
  readonly onSite?: (timed: TimedSite, done: number, total: number) => void;
}

interface TunerOptions extends KernelTuneOptions {
  /** Sites that are not timed, since a table has them. */
  readonly isKnown?: (site: string) => boolean;
}

/** One kind of place in a model. */
interface Place extends Pick<SeenSite, "key" | "variants"> {
  readonly nodes: string[];
}

/**
 * Times all variants of every distinct convolution and linear layer, each dispatch alone: in each
 * round all one after the other, beginning with another, so that what else the machine does meets
 * all alike. What takes twice as long as the best is not timed further.
 *
 * @throws GraphError when a model has no such layer, or cannot run; DeviceError when the GPU fails; the
 *   signal's reason
 */
export async function tuneKernels(
  source: ModelSource,
  options: TunerOptions = {},
): Promise<KernelTuning> {
  const device = options.device ?? (await openDevice());
  try {
    const { precision = "f32" } = options;
    const graph = await readGraph(source);
    // The first choices are then those of `load`.
    if (!device.traits.software) await probeDevice(device);
    const tuner = await KernelTuner.open(graph, device, options);
    const sites = await tuner.timeAll();
    const choices = Object.fromEntries(sites.map(({ site, times }) => [site, fastest(times)]));
    const tuning = { ...emptyTuning(device.adapter, precision), choices, sites };
    if (options.keep) await keepTuning(tuning, device.adapter);
    return tuning;
  } finally {
    if (!options.device) device.destroy();
  }
}

function fastest(times: TimedSite["times"]): AnyVariant {
  return times.reduce((best, one) => (one.ms < best.ms ? one : best)).variant;
}

class KernelTuner {
  private readonly start = performance.now();

  private constructor(
    private readonly graph: Graph,
    private readonly device: Device,
    private readonly options: TunerOptions,
    private readonly table: LowerTable,
    private readonly elements: Elements | undefined,
  ) {}

  static async open(graph: Graph, device: Device, options: TunerOptions): Promise<KernelTuner> {
    const table = await loadLowerTable(graph, options.fuse, options.fusions, options.goal);
    const { elements } = await loadPrecision(device, options.precision);
    return new KernelTuner(graph, device, options, table, elements);
  }

  async timeAll(): Promise<TimedSite[]> {
    const places = new Map<string, Place>();
    const first = this.plan({}, ({ key, node, variants }) => {
      const known = places.get(key);
      if (known) known.nodes.push(node);
      else places.set(key, { key, variants, nodes: [node] });
    });
    if (places.size === 0) {
      const { name } = this.graph;
      throw new GraphError(
        `"${name}" has no convolution and no linear layer to choose a kernel for`,
      );
    }
    const unknown = [...places.values()].filter(({ key }) => !this.options.isKnown?.(key));
    if (unknown.length === 0) return [];
    const plans = [first, ...(await this.plansOf(unknown))];
    const bench = new Workbench(this.device, plans);
    try {
      const cost = (place: Place): number =>
        workOf(dispatchesOf(first, place)) * place.nodes.length;
      const order = unknown.sort((a, b) => cost(b) - cost(a));
      const timed: TimedSite[] = [];
      for (const place of order) {
        if (this.isSpent()) break;
        const site = await this.timePlace(bench, place, plans);
        timed.push(site);
        this.options.onSite?.(site, timed.length, order.length);
      }
      return timed;
    } finally {
      bench.dispose();
    }
  }

  private plan(choices: Choices, watch?: (seen: SeenSite) => void): Plan {
    const { fuse, goal } = this.options;
    const { elements, device, table } = this;
    const input = { fuse, goal, elements };
    return compile(this.graph, device.traits, input, withChoices(table, choices, watch));
  }

  /** The plan number i has variant i + 1 at every place that has so many. */
  private async plansOf(places: readonly Place[]): Promise<Plan[]> {
    const most = Math.max(...places.map(({ variants }) => variants.length));
    const plans: Plan[] = [];
    for (let i = 1; i < most; i++) {
      // Each takes the page's thread for some milliseconds.
      await this.turn();
      const chosen = places.filter(({ variants }) => i < variants.length);
      plans.push(
        this.plan(Object.fromEntries(chosen.map(({ key, variants }) => [key, variants[i]]))),
      );
    }
    return plans;
  }

  private async timePlace(
    workbench: Workbench,
    place: Place,
    plans: readonly Plan[],
  ): Promise<TimedSite> {
    const { key, nodes, variants } = place;
    const stints = variants.map((_, i) => dispatchesOf(plans[i], place));
    const bench = await workbench.prepare(stints);
    try {
      const rounds = await this.race(bench, variants.length);
      const times = variants.map((variant, i) => ({ variant, ms: median(rounds[i]) }));
      return { site: key, nodes, times };
    } finally {
      bench.dispose();
    }
  }

  /** Milliseconds of each variant in each round that it took part in. */
  private async race(bench: Bench, count: number): Promise<number[][]> {
    const { rounds = 9 } = this.options;
    const all = Array.from({ length: count }, (_, i) => i);
    // The first one warms pipelines and caches.
    await this.turn();
    const warm = await bench.time(all, 1);
    const repeat = repeatsFor(Math.min(...warm));
    const times: number[][] = all.map(() => []);
    let left = all;
    for (let round = 0; round < rounds; round++) {
      await this.turn();
      const order = left.map((_, i) => left[(i + round) % left.length]);
      const measured = await bench.time(order, repeat);
      order.forEach((index, i) => times[index].push(measured[i]));
      const least = left.map((index) => Math.min(...times[index]));
      const best = Math.min(...least);
      left = left.filter((_, i) => least[i] <= TOO_SLOW * best);
      if (left.length === 1 || this.isSpent()) break;
    }
    return times;
  }

  /** Before a measurement, and before a plan is made. */
  private async turn(): Promise<void> {
    const { signal, whenIdle } = this.options;
    if (whenIdle) await idle();
    signal?.throwIfAborted();
  }

  private isSpent(): boolean {
    return performance.now() - this.start > (this.options.budgetMs ?? Infinity);
  }
}

/** What takes so many times as long as the best leaves the race. */
const TOO_SLOW = 2;
/** Milliseconds of a pass: browsers round timestamps to 0.1. */
const PASS_MS = 1;
const MOST_REPEATS = 64;

function repeatsFor(ms: number): number {
  return Math.min(MOST_REPEATS, Math.max(1, Math.ceil(PASS_MS / Math.max(ms, 1e-3))));
}

/** The dispatches that compute one place of a kind: the first one. */
function dispatchesOf({ dispatches, name }: Plan, { nodes, key }: Place): Dispatch[] {
  const own = dispatches.filter(
    ({ nodes: computed, copy }) => !copy && computed.includes(nodes[0]),
  );
  if (own.length === 0)
    throw new GraphError(`${name}: no dispatch computes "${nodes[0]}" (${key})`);
  return own;
}

/** About as many products as what is read and written takes the time of. */
const PRODUCTS_A_BYTE = 4;

/** What dispatches take, roughly: compiling them to measure it would take longer than what it saves. */
function workOf(dispatches: readonly Dispatch[]): number {
  const bytes = ({ reads, writes, weightBytes }: Dispatch): number =>
    [...reads, ...writes].reduce((sum, range) => sum + range.bytes, weightBytes);
  return dispatches.reduce((sum, one) => sum + one.macs + PRODUCTS_A_BYTE * bytes(one), 0);
}

/** When nothing waits: pages say so, elsewhere the next turn of the event loop is near enough. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ("requestIdleCallback" in globalThis) requestIdleCallback(() => resolve());
    else setTimeout(resolve, 0);
  });
}
