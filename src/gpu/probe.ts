/**
 * Measures a device for some milliseconds: how fast it multiplies, how dear loads, broadcasts and
 * barriers are, and what a dispatch takes. `select` chooses kernels by it.
 */
import type { Dispatch } from "../compiler/plan.ts";
import { F32 } from "../shaders/elements.ts";
import { packParams } from "../shaders/kernel.ts";
import type { DeviceCosts, DeviceTraits, Kernel } from "../shaders/kernel.ts";
import { link } from "../shaders/link.ts";
import { PROBE_WORKGROUP, probeBarrier, probeBlock, probeFma } from "../shaders/probe/probe.ts";
import type { ProbeSpec } from "../shaders/probe/probe.ts";
import type { Device } from "./device.ts";
import { Workbench } from "./workbench.ts";

/** Workgroups that fill any GPU, and any processor. */
const MANY = 1024;
const FEW = 16;
/** A pass must take so long, in milliseconds: browsers round timestamps to 0.1. */
const LEAST_MS = 1;
const MOST_ITERATIONS = 8 ** 5;
/** What clocks cannot tell from nothing. */
const LEAST_NS = 1e-6;
const MEMORY = { name: "probe", elements: F32, arenaBytes: 4096, weightBytes: 2 ** 15 };

/** By the text that names an adapter: another device on it is not measured again. */
const known = new Map<string, DeviceCosts>();

/** Adds to the traits of a device what a probe says, measured once an adapter. @throws DeviceError */
export async function probeDevice(device: Device): Promise<DeviceCosts> {
  if (device.traits.costs) return device.traits.costs;
  const key = JSON.stringify(device.adapter);
  let costs = known.get(key);
  if (!costs) {
    costs = await measure(device);
    known.set(key, costs);
  }
  device.traits = traitsWith(device.traits, costs);
  return costs;
}

/** Nanoseconds of a product of vec4s from which a GPU is a small one: 4 TFLOP/s. */
const SMALL_GPU = 0.002;
/** Products of vec4s that a barrier takes an invocation where coroutines change places: on processors. */
const SOFTWARE_BARRIER = 30;

/** The traits of a device that was measured. */
export function traitsWith(traits: DeviceTraits, costs: DeviceCosts): DeviceTraits {
  const isSlow = costs.fma > SMALL_GPU && costs.barrier > SOFTWARE_BARRIER * costs.fma;
  const software = traits.software || isSlow;
  return { ...traits, costs, software, integrated: !software && costs.fma > SMALL_GPU };
}

async function measure(device: Device): Promise<DeviceCosts> {
  const bench = new Workbench(device, [MEMORY]);
  try {
    const fma = await nanoseconds(bench, device, { kernel: probeFma, each: 16 });
    const load = await nanoseconds(bench, device, { kernel: probeBlock, each: 4, plain: true });
    const broadcast = device.traits.subgroups
      ? await nanoseconds(bench, device, { kernel: probeBlock, each: 4 })
      : null;
    const barrier = await nanoseconds(bench, device, { kernel: probeBarrier, each: 4 });
    // A block comes with its product, of four vec4s.
    const without = (ns: number): number => Math.max(ns - 4 * fma, 0);
    return {
      fma,
      load: without(load),
      broadcast: broadcast === null ? null : without(broadcast),
      barrier,
      dispatch: await dispatchNanoseconds(bench, device),
    };
  } finally {
    bench.dispose();
  }
}

interface Work {
  readonly kernel: Kernel<ProbeSpec>;
  /** What it does in an iteration. */
  readonly each: number;
  readonly plain?: boolean;
}

/** Of one of the things that a kernel does, by as many iterations as it takes to tell. */
async function nanoseconds(
  bench: Workbench,
  device: Device,
  { kernel, each, plain }: Work,
): Promise<number> {
  const workgroups = device.traits.software ? FEW : MANY;
  const run = (iterations: number): Promise<number> =>
    time(bench, [dispatchOf(kernel, { iterations, workgroups, plain }, device.traits)], 1);
  const idle = await run(0);
  for (let iterations = 8; ; iterations *= 8) {
    const ms = (await run(iterations)) - idle;
    if (ms >= LEAST_MS || iterations >= MOST_ITERATIONS) {
      return Math.max((ms * 1e6) / (iterations * each * workgroups * PROBE_WORKGROUP), LEAST_NS);
    }
  }
}

const DISPATCHES = 64;

async function dispatchNanoseconds(bench: Workbench, device: Device): Promise<number> {
  const spec = { iterations: 1, workgroups: 1 };
  const ms = await time(bench, [dispatchOf(probeFma, spec, device.traits)], DISPATCHES);
  return ms * 1e6;
}

/** The best of three: the first one also warms up. */
async function time(bench: Workbench, stint: readonly Dispatch[], repeat: number): Promise<number> {
  const prepared = await bench.prepare([stint]);
  try {
    return Math.min(...(await prepared.time([0, 0, 0], repeat)));
  } finally {
    prepared.dispose();
  }
}

function dispatchOf(kernel: Kernel<ProbeSpec>, spec: ProbeSpec, traits: DeviceTraits): Dispatch {
  const { name, bindings, params } = kernel;
  const configuration = kernel.configure(spec, traits);
  return {
    label: name,
    kernel: name,
    nodes: [],
    fused: {},
    when: "always",
    bindings,
    code: link(kernel, { imports: configuration.imports }).code,
    overrides: configuration.overrides ?? {},
    params: packParams(params, configuration.params),
    stageParams: [],
    workgroups: configuration.workgroups,
    shape: [],
    reads: [],
    writes: [],
    weightBytes: 0,
    macs: 0,
  };
}
