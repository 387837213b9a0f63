/** Times each dispatch of a plan: by GPU timestamps where there are any, else one submit each. */
import type { Dispatch } from "../compiler/plan.ts";
import type { Scheduler } from "./scheduler.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

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
  readonly record: (pass: GPUComputePassEncoder) => void;
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
    const timestamps = scheduler.device.gpu.features.has("timestamp-query");
    const times: number[][] = [];
    for (let i = 0; i < repeat; i++) {
      times.push(
        await (timestamps ? timeByQueries(scheduler, entries) : timeBySubmits(scheduler, entries)),
      );
    }
    scheduler.device.check();
    const rows = entries.map(({ dispatch: { label, kernel, macs } }, index) => ({
      index,
      label,
      kernel,
      ms: median(times.map((run) => run[index])),
      macs,
    }));
    return { rows, totalMs: rows.reduce((sum, { ms }) => sum + ms, 0), timestamps };
  });
}

/** Queries that one set may hold. */
const MOST_QUERIES = 4096;

async function timeByQueries(
  { device: { gpu } }: Scheduler,
  entries: readonly Entry[],
): Promise<number[]> {
  const times: number[] = [];
  for (let first = 0; first < entries.length; first += MOST_QUERIES / 2) {
    const part = entries.slice(first, first + MOST_QUERIES / 2);
    const count = part.length * 2;
    const querySet = gpu.createQuerySet({ type: "timestamp", count });
    const resolved = gpu.createBuffer({
      size: count * 8,
      usage: BUFFER.QUERY_RESOLVE | BUFFER.COPY_SRC,
    });
    const readback = gpu.createBuffer({
      size: count * 8,
      usage: BUFFER.COPY_DST | BUFFER.MAP_READ,
    });
    const encoder = gpu.createCommandEncoder();
    part.forEach(({ record }, i) => {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet,
          beginningOfPassWriteIndex: i * 2,
          endOfPassWriteIndex: i * 2 + 1,
        },
      });
      record(pass);
      pass.end();
    });
    encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readback, 0, count * 8);
    gpu.queue.submit([encoder.finish()]);
    await readback.mapAsync(MAP_READ);
    const stamps = new BigUint64Array(readback.getMappedRange());
    part.forEach((_, i) => times.push(Number(stamps[i * 2 + 1] - stamps[i * 2]) / 1e6));
    readback.unmap();
    for (const resource of [querySet, resolved, readback]) resource.destroy();
  }
  return times;
}

async function timeBySubmits(
  { device: { gpu } }: Scheduler,
  entries: readonly Entry[],
): Promise<number[]> {
  const times: number[] = [];
  for (const { record } of entries) {
    const encoder = gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    record(pass);
    pass.end();
    const start = performance.now();
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    times.push(performance.now() - start);
  }
  return times;
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
