/** A process of `npm run bench:compile`: makes the plan of one network several times, and prints the times. */
import { readFileSync } from "node:fs";
import { network, planGraph, withWeights } from "../src/index.ts";
import type { Device, DeviceTraits } from "../src/index.ts";

/** No adapter is asked: plans in f32 need no more of a device than these. */
const TRAITS: DeviceTraits = {
  subgroups: true,
  software: true,
  maxWorkgroupsPerDimension: 65_535,
  maxInvocationsPerWorkgroup: 256,
};
const PARTS: Pick<Device, "traits"> = { traits: TRAITS };
const DEVICE = PARTS as Device;

/** Milliseconds of one compilation, from the graph to the plan. */
export interface CompileTime {
  readonly ms: number;
  /** CPU time of the thread that compiles; absent where the system does not tell. */
  readonly threadMs?: number;
  /** CPU time of the process: of its thread, and of those that optimize code and collect garbage. */
  readonly cpuMs: number;
}

/** The first is that of a process that has compiled nothing before. */
export interface CompileTimes {
  readonly dispatches: number;
  readonly times: readonly CompileTime[];
}

/** Nanoseconds on a CPU are the first number of the file. */
function threadTime(): number | undefined {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6;
  } catch {
    return undefined;
  }
}

const [name, count] = process.argv.slice(2);
const graph = await withWeights(network(name), "synthetic");
const times: CompileTime[] = [];
let dispatches = 0;
for (let i = 0; i < Number(count); i++) {
  const [start, cpu, thread] = [performance.now(), process.cpuUsage(), threadTime()];
  const { plan } = await planGraph(graph, DEVICE);
  dispatches = plan.dispatches.length;
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const now = threadTime();
  const threadMs = now === undefined || thread === undefined ? undefined : now - thread;
  times.push({ ms, cpuMs: (user + system) / 1000, threadMs });
}
console.log(JSON.stringify({ dispatches, times } satisfies CompileTimes));
