/** CPU time of a process with all of its descendants, from /proc. */
import { readdirSync, readFileSync } from "node:fs";

/** Clock ticks a second of /proc, the same on every Linux. */
const TICKS = 100;

interface ProcessTimes {
  readonly parent: number;
  readonly ticks: number;
}

/** @returns milliseconds of user and system time; undefined where there is no /proc */
export function cpuTime(root: number): number | undefined {
  let ids: string[];
  try {
    ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return undefined;
  }
  const processes = new Map<number, ProcessTimes>();
  for (const id of ids) {
    const times = timesOf(id);
    if (times) processes.set(Number(id), times);
  }
  const isBelow = (id: number): boolean => {
    if (id === root) return true;
    const parent = processes.get(id)?.parent;
    return parent !== undefined && parent > 0 && isBelow(parent);
  };
  let ticks = 0;
  for (const [id, times] of processes) if (isBelow(id)) ticks += times.ticks;
  return (ticks * 1000) / TICKS;
}

function timesOf(id: string): ProcessTimes | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, "utf8");
    // The name, in brackets, may itself have spaces and brackets.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: Number(fields[1]), ticks: Number(fields[11]) + Number(fields[12]) };
  } catch {
    return undefined; // It has ended since it was listed.
  }
}
