/** Times each dispatch of a plan: by GPU timestamps where there are any, else one submit each. */
import type { Dispatch } from "../compiler/plan.ts";
import type { Scheduler } from "./scheduler.ts";
import { hasTimestamps, median, timePasses } from "./timing.ts";
import type { RecordPass } from "./timing.ts";

export interface ProfileRow {
  readonly index: number;
  readonly label: string;
  readonly kernel: string;
  /** Median over the repeats. */
  readonly ms: number;
  readonly macs: number;
}

export interface Profile {
  readonly rows: readonly ProfileRow[];
  readonly totalMs: number;
  /** Whether the times were taken by the GPU; if not, each includes the cost of a submit. */
  readonly timestamps: boolean;
}

interface Entry {
  readonly dispatch: Dispatch;
  readonly record: RecordPass;
}

/**
 * Runs the plan, or `only` some dispatches of it, `repeat` times on what is in the arena, a pass for
 * each dispatch.
 */
export async function profile(
  scheduler: Scheduler,
  repeat: number,
  only: (dispatch: Dispatch) => boolean = () => true,
): Promise<Profile> {
  return scheduler.enqueue(async () => {
    const entries: Entry[] = [];
    scheduler.recordEach((dispatch, record) => {
      if (only(dispatch)) entries.push({ dispatch, record });
    });
    const { gpu } = scheduler.device;
    const passes = entries.map(({ record }) => record);
    const times: number[][] = [];
    for (let i = 0; i < repeat; i++) times.push(await timePasses(gpu, passes));
    scheduler.device.check();
    const rows = entries.map(({ dispatch: { label, kernel, macs } }, index) => ({
      index,
      label,
      kernel,
      ms: median(times.map((run) => run[index])),
      macs,
    }));
    const totalMs = rows.reduce((sum, { ms }) => sum + ms, 0);
    return { rows, totalMs, timestamps: hasTimestamps(gpu) };
  });
}
