/** Contracts of probe/*.wgsl, which measure what a device is good at. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { blockImports } from "../conv/weights.ts";
import barrierSource from "./barrier.wgsl?raw";
import blockSource from "./block.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";

export interface ProbeSpec {
  readonly iterations: number;
  readonly workgroups: number;
  /** Of probe/block: invocations load blocks themselves. */
  readonly plain?: boolean;
}

/** Invocations of a workgroup. */
export const PROBE_WORKGROUP = 64;

function probe(name: string, source: string): Kernel<ProbeSpec> {
  return {
    name: `probe/${name}`,
    source,
    bindings: COMPUTE_BINDINGS,
    params: [
      ["iterations", "u32"],
      ["factor", "f32"],
    ],
    overrides: ["WORKGROUP"],
    consts: [],
    slots: [],
    configure({ iterations, workgroups, plain }, device) {
      return {
        overrides: { WORKGROUP: PROBE_WORKGROUP },
        imports: name === "block" ? blockImports(device, { plain }) : {},
        // Sums neither grow without end nor become denormal.
        params: { iterations, factor: 0.5 },
        workgroups: [workgroups, 1, 1],
      };
    },
  };
}

export const probeFma = probe("fma", fmaSource);
export const probeBlock = probe("block", blockSource);
export const probeBarrier = probe("barrier", barrierSource);
