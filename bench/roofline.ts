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
}

export type Limit = "compute" | "memory" | "loads";

export interface Roofline {
  /** Milliseconds by each limit alone. */
  readonly limits: Readonly<Record<Limit, number>>;
  /** The greatest of them. */
  readonly ms: number;
  readonly by: Limit;
}

/**
 * The roofline (Williams, Waterman and Patterson, Roofline, CACM 2009) of multiply-adds and memory,
 * with one limit more: the kernel's own loads, which caches serve. What a dispatch costs that does
 * nothing is no part of it.
 */
export function rooflineOf({ macs, bytes, loads }: Work, figures: DeviceFigures): Roofline {
  const { gflops, memoryGbPerSecond, loadNs, broadcastNs } = figures;
  const { scalars = 0, broadcasts = 0 } = loads ?? {};
  const limits = {
    compute: (2 * macs) / (gflops * 1e6),
    memory: bytes / (memoryGbPerSecond * 1e6),
    loads: (scalars * loadNs + broadcasts * (broadcastNs ?? 0)) / 1e6,
  };
  const ms = Math.max(...Object.values(limits));
  const by = (Object.keys(limits) as Limit[]).find((limit) => limits[limit] === ms)!;
  return { limits, ms, by };
}

/** GFLOP/s that a kernel of this intensity can reach, in operations a byte. */
export function attainable(intensity: number, gflops: number, gbPerSecond: number): number {
  return Math.min(gflops, intensity * gbPerSecond);
}
