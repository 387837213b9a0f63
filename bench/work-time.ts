/** How long the threads of this process have computed, in Node. */
import { readdirSync, readFileSync } from "node:fs";

/**
 * Milliseconds that the threads of this process have computed, without the main one: while it waits for
 * the GPU it looks again and again, which is no work. Only Linux tells threads apart.
 */
export function workMs(): number {
  try {
    const folder = "/proc/self/task";
    const threads = readdirSync(folder).filter((id) => Number(id) !== process.pid);
    return threads.reduce((sum, id) => sum + threadMs(`${folder}/${id}/schedstat`), 0);
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

/** Its first number is nanoseconds; a thread may have ended since it was listed. */
function threadMs(path: string): number {
  try {
    return Number(readFileSync(path, "utf8").split(" ")[0]) / 1e6;
  } catch {
    return 0;
  }
}
