/** Times the candidates of a fusion on a device, to choose one for each place in a model. */
import { compile } from "./compiler/compile.ts";
import type { DefinedMatch } from "./compiler/fusions/claim.ts";
import type { DefinedFusion, FusionChoices } from "./compiler/fusions/definition.ts";
import type { Fusion } from "./compiler/fusions/fusion.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { CompileOptions } from "./compiler/options.ts";
import type { Dispatch, Plan } from "./compiler/plan.ts";
import { openDevice } from "./gpu/device.ts";
import type { AdapterDescription, Device } from "./gpu/device.ts";
import type { Profile } from "./gpu/profiler.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import type { InputSource } from "./gpu/scheduler.ts";
import { GraphError } from "./graph/errors.ts";
import type { Graph } from "./graph/graph.ts";
import { syntheticInput } from "./graph/synthetic.ts";
import { readGraph } from "./import.ts";
import type { ModelSource } from "./import.ts";
import { loadPrecision } from "./precision.ts";

export interface TuneOptions extends CompileOptions {
  /** By default one is opened, and closed at the end. */
  readonly device?: Device;
  /** In each, all candidates are timed one after the other; by default 9. */
  readonly rounds?: number;
  /** Other fusions of one's own, which the model is loaded with. */
  readonly fusions?: readonly Fusion[];
}

/** One kind of place in a model. */
export interface TunedSite<Candidate> {
  /** Operators, shapes and attributes. */
  readonly site: string;
  /** The nodes at which the fusion ends, one a place. */
  readonly nodes: readonly string[];
  /** Median milliseconds of all these places together. */
  readonly candidates: readonly { readonly candidate: Candidate; readonly ms: number }[];
  /** Without the fusion: the dispatches that compute the same nodes. */
  readonly apartMs: number;
  /** The fastest; null where that is to leave the nodes apart. */
  readonly best: Candidate | null;
}

/** JSON can hold it. */
export interface Tuning<Candidate> {
  readonly fusion: string;
  readonly adapter: AdapterDescription;
  /** Whether the GPU took the times; if not, each includes the cost of a submit. */
  readonly timestamps: boolean;
  readonly sites: readonly TunedSite<Candidate>[];
  /** For `fusion.withChoices`. */
  readonly choices: FusionChoices<Candidate>;
}

/**
 * Times every candidate of a fusion, and the nodes apart, wherever it matches in a model: in each
 * round all one after the other, each round beginning with another, so that what else the machine
 * does meets all alike. Holds one copy of the model's memory for each candidate.
 *
 * @throws GraphError when the fusion matches nowhere
 */
export async function tuneFusion<Candidate>(
  source: ModelSource,
  fusion: DefinedFusion<Candidate>,
  options: TuneOptions = {},
): Promise<Tuning<Candidate>> {
  const device = options.device ?? (await openDevice());
  try {
    return await new Tuner(await readGraph(source), fusion, device, options).tune();
  } finally {
    if (!options.device) device.destroy();
  }
}

function kernelNames({ dispatches }: Plan): string {
  const needed = dispatches.filter(({ when }) => when === "always");
  return [...new Set(needed.map(({ kernel }) => kernel))].join(", ");
}

interface Place<Candidate> {
  readonly site: string;
  readonly anchor: string;
  /** Names of the nodes that the fusion computes there. */
  readonly nodes: ReadonlySet<string>;
  readonly candidates: readonly Candidate[];
}

/** A plan that is timed, and its rounds: milliseconds by site. */
interface Variant {
  readonly scheduler: Scheduler;
  /** The site that a dispatch belongs to. */
  readonly siteOf: (dispatch: Dispatch) => string | undefined;
  readonly rounds: ReadonlyMap<string, number>[];
}

class Tuner<Candidate> {
  private readonly places: Place<Candidate>[] = [];
  private timestamps = false;

  constructor(
    private readonly graph: Graph,
    private readonly fusion: DefinedFusion<Candidate>,
    private readonly device: Device,
    private readonly options: TuneOptions,
  ) {}

  async tune(): Promise<Tuning<Candidate>> {
    const plan = await this.plan(this.observed());
    if (this.places.length === 0) {
      throw new GraphError(
        `fusion "${this.fusion.name}" matches nowhere in "${this.graph.name}", whose kernels are ` +
          kernelNames(plan),
      );
    }
    const variants: Variant[] = [];
    try {
      variants.push(await this.variant(null));
      const most = Math.max(...this.places.map(({ candidates }) => candidates.length));
      for (let i = 0; i < most; i++) variants.push(await this.variant(i));
      const { rounds = 9 } = this.options;
      // The first one warms pipelines and caches.
      for (let round = 0; round <= rounds; round++) {
        for (let i = 0; i < variants.length; i++) {
          await this.time(variants[(i + round) % variants.length], round > 0);
        }
      }
      return await this.result(variants);
    } finally {
      for (const { scheduler } of variants) scheduler.dispose();
    }
  }

  /** The fusion, of which `places` learns where it matches. */
  private observed(): Fusion {
    const { fusion, places, device } = this;
    return {
      ...fusion,
      lower(lowering, group) {
        const match = group.composite!.match as DefinedMatch;
        places.push({
          site: fusion.siteOf(match),
          anchor: group.core.name,
          nodes: new Set(match.nodes.map(({ name }) => name)),
          candidates: fusion.candidatesOf(match, device.traits),
        });
        fusion.lower(lowering, group);
      },
    };
  }

  private async plan(fusion: Fusion, isOn = true): Promise<Plan> {
    const { fusions = [], goal, precision } = this.options;
    const fuse = { ...this.options.fuse, [fusion.name]: isOn };
    const { elements } = await loadPrecision(this.device, precision);
    const table = await loadLowerTable(this.graph, fuse, [fusion, ...fusions], goal);
    return compile(this.graph, this.device.traits, { fuse, goal, elements }, table);
  }

  /** The model with candidate `index` at every site that has one, or with the nodes apart. */
  private async variant(index: number | null): Promise<Variant> {
    const sites = this.places.filter(({ candidates }) => candidates.length > (index ?? -1));
    const chosen = sites.map(({ site, candidates }) => [site, candidates[index ?? 0]] as const);
    const fusion = this.fusion.withChoices(index === null ? {} : Object.fromEntries(chosen));
    const plan = await this.plan(fusion, index !== null);
    const { bufferCopies } = await loadPrecision(this.device, this.options.precision);
    const scheduler = await Scheduler.create(this.device, plan, { bufferCopies });
    const inputs = plan.inputs.map(
      ({ name, shape }) => [name, { kind: "host", data: syntheticInput(shape).data }] as const,
    );
    await scheduler.run(new Map<string, InputSource>(inputs));
    const siteOf = ({ nodes }: Dispatch): string | undefined =>
      sites.find((place) => nodes.some((name) => place.nodes.has(name)))?.site;
    return { scheduler, siteOf, rounds: [] };
  }

  private async time({ scheduler, siteOf, rounds }: Variant, counts: boolean): Promise<void> {
    const { profile } = await import("./gpu/profiler.ts");
    const timed: string[] = [];
    const result: Profile = await profile(scheduler, 1, (dispatch) => {
      const site = siteOf(dispatch);
      if (site !== undefined) timed.push(site);
      return site !== undefined;
    });
    this.timestamps = result.timestamps;
    if (!counts) return;
    const sums = new Map<string, number>();
    result.rows.forEach(({ ms }, i) => sums.set(timed[i], (sums.get(timed[i]) ?? 0) + ms));
    rounds.push(sums);
  }

  private async result([apart, ...fused]: readonly Variant[]): Promise<Tuning<Candidate>> {
    const { median } = await import("./gpu/timing.ts");
    const medianOf = ({ rounds }: Variant, site: string): number =>
      median(rounds.map((sums) => sums.get(site) ?? 0));
    const sites = [...new Set(this.places.map(({ site }) => site))].map((site) => {
      const places = this.places.filter((place) => place.site === site);
      const candidates = places[0].candidates.map((candidate, i) => ({
        candidate,
        ms: medianOf(fused[i], site),
      }));
      const apartMs = medianOf(apart, site);
      const fastest = candidates.reduce((a, b) => (b.ms < a.ms ? b : a));
      const best = fastest.ms < apartMs ? fastest.candidate : null;
      const nodes = places.map(({ anchor }) => anchor);
      return { site, nodes, candidates, apartMs, best } satisfies TunedSite<Candidate>;
    });
    return {
      fusion: this.fusion.name,
      adapter: this.device.adapter,
      timestamps: this.timestamps,
      sites,
      choices: Object.fromEntries(sites.map(({ site, best }) => [site, best])),
    };
  }
}
