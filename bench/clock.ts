/** The clock of a measurement: on the wall, or the CPU time of a software adapter in this process. */

/** Where the process that computes is this one: the machine's cores, and the milliseconds they worked. */
let own: { readonly cores: number; readonly workMs: () => number } | undefined;

/** Tells that a software adapter computes in this process, on so many cores. */
export function countCpuTime(cores: number, workMs: () => number): void {
  own = { cores, workMs };
}

export interface Clock {
  /** What a millisecond of it is. */
  readonly unit: string;
  /** By how much what keeps one core busy is to be multiplied: 1 on the wall. */
  readonly cores: number;
  /** Milliseconds since some beginning. */
  now(): number;
}

/**
 * A software adapter in Node computes in this process: its CPU time, shared by the cores, is what a
 * quiet machine would take, whatever else this one does. Everything else is timed on the wall.
 */
export function clockOf(software: boolean): Clock {
  if (!software || !own) return { unit: "time", cores: 1, now: () => performance.now() };
  const { cores, workMs } = own;
  return {
    unit: `CPU time over ${cores} cores`,
    cores,
    now: () => workMs() / cores,
  };
}
