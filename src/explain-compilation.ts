/** Compiles a graph and keeps what each step of the compiler did. */
import { compile } from "./compiler/compile.ts";
import { loadLowerTable } from "./compiler/lower/table.ts";
import type { CompileOptions } from "./compiler/options.ts";
import type { Dispatch, Plan } from "./compiler/plan.ts";
import { channelMapsOf } from "./explain/channel-maps.ts";
import type {
  ChannelMap,
  DispatchDetails,
  GraphExplanation,
  GraphSnapshot,
  MemoryMap,
  PassExplanation,
  TableRead,
} from "./explain/explanation.ts";
import { boundOf, peaksOf } from "./explain/roofline.ts";
import type { Peaks } from "./explain/roofline.ts";
import { explainPass, snapshotOf } from "./explain/snapshot.ts";
import { explain } from "./explain.ts";
import type { Device } from "./gpu/device.ts";
import type { Graph } from "./graph/graph.ts";
import type { LoadOptions } from "./model.ts";
import { loadPrecision } from "./precision.ts";

export interface ExplainOptions extends CompileOptions, Pick<LoadOptions, "fusions"> {
  /** Of the adapter; by default what is known of its class. */
  readonly peaks?: Partial<Peaks>;
}

export async function explainCompilation(
  graph: Graph,
  device: Device,
  options: ExplainOptions,
): Promise<GraphExplanation> {
  const { elements } = await loadPrecision(device, options.precision);
  const { fuse, goal, fusions } = options;
  const trace = new Trace();
  const onPass = (pass: string | null, now: Graph) => trace.add(pass, now);
  const input = { fuse, goal, elements, onPass };
  const plan = compile(graph, device.traits, input, await loadLowerTable(graph, fuse, fusions));
  const peaks = peaksOf(device.traits.software, options.peaks);
  return explanationOf(plan, trace, peaks);
}

/** Graphs while they are changed. */
class Trace {
  readonly snapshots: GraphSnapshot[] = [];
  readonly passes: PassExplanation[] = [];
  channelMaps: readonly ChannelMap[] = [];

  add(pass: string | null, graph: Graph): void {
    const now = snapshotOf(graph);
    if (pass !== null) this.passes.push(explainPass(pass, this.snapshots.at(-1)!, now));
    this.snapshots.push(now);
    this.channelMaps = channelMapsOf(graph);
  }
}

function explanationOf(plan: Plan, trace: Trace, peaks: Peaks): GraphExplanation {
  const { name, parameters, macs, weightBytes, copies } = explain(plan);
  const always = plan.dispatches.filter(({ when }) => when === "always");
  const shaders = [...new Set(always.map(({ code }) => code))];
  const { snapshots, passes, channelMaps } = trace;
  return {
    name,
    parameters,
    macs,
    weightBytes,
    before: snapshots[0],
    passes,
    after: snapshots.at(-1)!,
    channelMaps,
    tableReads: always.flatMap(tableReadsOf),
    copies,
    decisions: plan.decisions,
    paddings: plan.paddings,
    memory: memoryMapOf(plan),
    peaks,
    dispatches: detailsOf(plan, always, shaders, peaks),
    shaders,
  };
}

function detailsOf(
  plan: Plan,
  always: readonly Dispatch[],
  shaders: readonly string[],
  peaks: Peaks,
): DispatchDetails[] {
  return explain(plan).dispatches.map((row, i) => {
    const { reads, writes, code, overrides } = always[i];
    const names = (ranges: readonly { readonly value: string }[]) => [
      ...new Set(ranges.map(({ value }) => value)),
    ];
    return {
      ...row,
      reads: names(reads),
      writes: names(writes),
      overrides,
      shader: shaders.indexOf(code),
      bound: boundOf(row.readBytes + row.writeBytes + row.weightBytes, row.macs, peaks),
    };
  });
}

/** A kernel that reads by a table names a value once a piece. */
function tableReadsOf({ reads, code }: Dispatch, dispatch: number): TableRead[] {
  if (!code.includes("table_of_x")) return [];
  const [{ value }] = reads;
  return [{ dispatch, value, pieces: reads.filter((read) => read.value === value).length }];
}

/** With the indices of dispatches that always run. */
function memoryMapOf(plan: Plan): MemoryMap {
  const { dispatches, arenaBytes, lowerBoundBytes } = plan;
  // How many of those that always run stand before each dispatch.
  const before: number[] = [0];
  for (const { when } of dispatches) before.push(before.at(-1)! + (when === "always" ? 1 : 0));
  const count = before.at(-1)!;
  const allocations = plan.allocations.flatMap((allocation) => {
    const first = before[allocation.first];
    const last = before[allocation.last + 1] - 1;
    return last < first ? [] : [{ ...allocation, first, last }];
  });
  const liveBytes = Array.from({ length: count }, (_, step) =>
    allocations.reduce(
      (sum, { first, last, bytes }) => (first <= step && step <= last ? sum + bytes : sum),
      0,
    ),
  );
  return { arenaBytes, lowerBoundBytes, allocations, liveBytes };
}
