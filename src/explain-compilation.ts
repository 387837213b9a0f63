/** Compiles a graph and keeps what each step of the compiler did. */
import { compile } from "./compiler/compile.ts";
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
import type { ExplainedDispatch } from "./explain.ts";
import type { Device } from "./gpu/device.ts";
import type { Graph } from "./graph/graph.ts";
import { lowerTableOf } from "./plan-graph.ts";
import type { PlanOptions } from "./plan-graph.ts";
import { loadPrecision } from "./precision.ts";

/** Processors, GPUs that share the processor's memory, and those with memory of their own. */
export type DeviceClass = "software" | "integrated" | "discrete";

export interface ExplainOptions extends PlanOptions {
  /** Of the adapter; by default what is known of its class. */
  readonly peaks?: Partial<Peaks>;
  /**
   * What to take the device for: the plan is then what `load` would make on one of this class, with the
   * features of the device, that nothing was measured on. By default the device is what it is.
   */
  readonly deviceClass?: DeviceClass;
}

export async function explainCompilation(
  graph: Graph,
  given: Device,
  { deviceClass, ...options }: ExplainOptions,
): Promise<GraphExplanation> {
  const { elements } = await loadPrecision(given, options.precision);
  const { fuse, goal } = options;
  const device = deviceClass ? takenFor(given, deviceClass) : given;
  const probe = deviceClass ? false : options.probe;
  const table = await lowerTableOf(graph, device, { ...options, probe });
  const trace = new Trace();
  const onPass = (pass: string | null, now: Graph) => trace.add(pass, now);
  const input = { fuse, goal, elements, onPass };
  const plan = compile(graph, device.traits, input, table);
  const peaks = peaksOf(device.traits.software, options.peaks);
  return explanationOf(plan, trace, peaks);
}

/** The device with the traits of a class; what it measured says nothing of others. */
function takenFor(device: Device, deviceClass: DeviceClass): Device {
  const software = deviceClass === "software";
  const integrated = deviceClass === "integrated";
  const traits = { ...device.traits, costs: undefined, software, integrated };
  return Object.create(device, { traits: { value: traits } }) as Device;
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
      bound: boundOf(row.readBytes + row.writeBytes + row.weightBytes, productsOf(row), peaks),
    };
  });
}

/** F(2 x 2, 3 x 3) multiplies 16 times where 36 products are added up. */
function productsOf({ kernel, macs }: ExplainedDispatch): number {
  return kernel === "conv/winograd" ? (macs * 16) / 36 : macs;
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
