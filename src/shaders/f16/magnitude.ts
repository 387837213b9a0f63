/** Contract of f16/magnitude.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { divideUp } from "../spec.ts";
import source from "./magnitude.wgsl?raw";

/** Some lanes of a tensor, and where to note the greatest magnitude in them; all in elements. */
export interface MagnitudeSpec {
  readonly start: number;
  /** Elements that lie side by side. */
  readonly run: number;
  readonly runs: number;
  /** From the start of a run to that of the next. */
  readonly stride: number;
  /** The lanes of a quad that count, a bit each; 15 for all. */
  readonly lanes: number;
  readonly slot: number;
  /** Whether elements have 16 bits. */
  readonly half: boolean;
}

const WORKGROUP = 64;
/** Elements that are worth an invocation. */
const LEAST_ELEMENTS = 16;
/** So many that atomic operations take no time. */
const MOST_WORKGROUPS = 256;

export const magnitude: Kernel<MagnitudeSpec> = {
  name: "f16/magnitude",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["start", "u32"],
    ["run", "u32"],
    ["stride", "u32"],
    ["count", "u32"],
    ["lanes", "u32"],
    ["slot", "u32"],
    ["invocations", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: ["HALF"],
  slots: [],
  configure({ start, run, runs, stride, lanes, slot, half }) {
    const count = run * runs;
    const wanted = divideUp(count, WORKGROUP * LEAST_ELEMENTS);
    const workgroups = Math.max(1, Math.min(wanted, MOST_WORKGROUPS));
    const invocations = workgroups * WORKGROUP;
    return {
      overrides: { WORKGROUP },
      consts: { HALF: half },
      params: { start, run, stride, count, lanes, slot, invocations },
      workgroups: [workgroups, 1, 1],
    };
  },
};
