/** The clock of a measurement: on the wall, or the CPU time of a software adapter in this process. */

/** Cores of the machine, where the process that computes is this one. */
let ownCores: number | undefined;

/** Tells that a software adapter computes in this process, on so many cores. */
export function countCpuTime(cores: number): void {
  ownCores = cores;
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
  const cores = ownCores;
  if (!software || cores === undefined)
    return { unit: "time", cores: 1, now: () => performance.now() };
  return {
    unit: `CPU time over ${cores} cores`,
    cores,
    now() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000 / cores;
    },
  };
}
