/** How long a dispatch must take at least on an adapter of given peaks. */

/** What an adapter can do at best. */
export interface Peaks {
  /** 1e9 operations in a second; a multiply-accumulate is two. */
  readonly gflops: number;
  /** 1e9 bytes in a second, from and to storage buffers. */
  readonly gbPerSecond: number;
  /** Microseconds from one dependent dispatch to the next. */
  readonly launchUs: number;
}

/**
 * SwiftShader on two cores: 16 to 22 GFLOP/s from registers, 12 ns for a quad of 16 bytes in each
 * core, 22 to 28 us a dispatch.
 */
const SOFTWARE: Peaks = { gflops: 20, gbPerSecond: 2.7, launchUs: 25 };

/** An integrated or small discrete GPU; not measured, as that of `compiler/cost.ts`. */
const GPU: Peaks = { gflops: 4000, gbPerSecond: 200, launchUs: 5 };

/** The peaks of a class of adapters, with those that are known better. */
export function peaksOf(software: boolean, known: Partial<Peaks> = {}): Peaks {
  return { ...(software ? SOFTWARE : GPU), ...known };
}

export interface Bound {
  /** Of activations and weights, each counted once. */
  readonly bytes: number;
  /** Operations a byte. */
  readonly intensity: number;
  /** No run of the dispatch can take less. */
  readonly microseconds: number;
  /** What takes the longest. */
  readonly by: "compute" | "memory" | "launch";
}

/** The roofline (Williams, Waterman and Patterson, Roofline, CACM 2009) with the cost of a launch. */
export function boundOf(bytes: number, macs: number, peaks: Peaks): Bound {
  const times = {
    compute: (2 * macs) / (peaks.gflops * 1e3),
    memory: bytes / (peaks.gbPerSecond * 1e3),
    launch: peaks.launchUs,
  };
  const microseconds = Math.max(...Object.values(times));
  const by = (["compute", "memory", "launch"] as const).find((key) => times[key] === microseconds)!;
  return { bytes, intensity: bytes > 0 ? (2 * macs) / bytes : 0, microseconds, by };
}
