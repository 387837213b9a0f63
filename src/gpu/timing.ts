/** Times compute passes: by GPU timestamps where there are any, else by one submit each. */
import { BUFFER, MAP_READ } from "./usage.ts";

export type RecordPass = (pass: GPUComputePassEncoder) => void;

/** Whether the GPU takes the times; if not, each includes the cost of a submit. */
export function hasTimestamps(gpu: GPUDevice): boolean {
  return gpu.features.has("timestamp-query");
}

/** Milliseconds of each pass, in order. */
export async function timePasses(gpu: GPUDevice, passes: readonly RecordPass[]): Promise<number[]> {
  return hasTimestamps(gpu) ? timeByQueries(gpu, passes) : timeBySubmits(gpu, passes);
}

/** Queries that one set may hold. */
const MOST_QUERIES = 4096;

async function timeByQueries(gpu: GPUDevice, passes: readonly RecordPass[]): Promise<number[]> {
  const times: number[] = [];
  for (let first = 0; first < passes.length; first += MOST_QUERIES / 2) {
    const part = passes.slice(first, first + MOST_QUERIES / 2);
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
    part.forEach((record, i) => {
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

async function timeBySubmits(gpu: GPUDevice, passes: readonly RecordPass[]): Promise<number[]> {
  const times: number[] = [];
  for (const record of passes) {
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
