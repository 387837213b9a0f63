/** How long a dispatch must take at least on an adapter, by what was measured of the adapter. */
import type { DeviceFigures } from "./device/figures.ts";

/** Scalars that all invocations of a kernel load from storage and broadcast. */
export interface Loads {
  readonly scalars: number;
  readonly broadcasts: number;
}

export interface Work {
  readonly macs: number;
  /** Of activations and weights, each counted once. */
  readonly bytes: number;
  /** undefined where the kernel's loads are not known. */
  readonly loads?: Loads | undefined;
  /** Scalars of the output. */
  readonly stores: number;
}

export type Limit = "compute" | "memory" | "accesses" | "instructions";

export interface Roofline {
  /** Milliseconds by each limit alone. */
  readonly limits: Readonly<Record<Limit, number>>;
  /** The greatest of them. */
  readonly ms: number;
  readonly by: Limit;
}

/**
 * The roofline (Williams, Waterman and Patterson, Roofline, CACM 2009) of multiply-adds and memory, with
 * two limits more. Accesses: the kernel's own loads, broadcasts and stores, which caches serve.
 * Instructions: on a software adapter, whose cores do all of that one after the other, the accesses and
 * the multiply-adds; zero on a GPU. What a dispatch costs that does nothing is no part of it.
 */
export function rooflineOf({ macs, bytes, loads, stores }: Work, figures: DeviceFigures): Roofline {
  const { gflops, memoryGbPerSecond, loadNs, broadcastNs, storeNs } = figures;
  const compute = (2 * macs) / (gflops * 1e6);
  const accesses = loads
    ? (loads.scalars * loadNs + loads.broadcasts * (broadcastNs ?? 0) + stores * storeNs) / 1e6
    : 0;
  const limits = {
    compute,
    memory: bytes / (memoryGbPerSecond * 1e6),
    accesses,
    instructions: figures.software && loads ? compute + accesses : 0,
  };
  const ms = Math.max(...Object.values(limits));
  const by = (Object.keys(limits) as Limit[]).find((limit) => limits[limit] === ms)!;
  return { limits, ms, by };
}

/** GFLOP/s that a kernel of this intensity can reach, in operations a byte. */
export function attainable(intensity: number, gflops: number, gbPerSecond: number): number {
  return Math.min(gflops, intensity * gbPerSecond);
}
