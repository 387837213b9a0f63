/** What an adapter can do at best, as the device benchmark measures it. */

export interface DeviceFigures {
  /** What the times are: `time`, or `CPU time over 2 cores`. */
  readonly unit: string;
  readonly software: boolean;
  /** 1e9 operations a second from registers; a multiply-add is two. */
  readonly gflops: number;
  /** Nanoseconds for which the whole device is busy, for each invocation: of one scalar multiply-add, ... */
  readonly fmaNs: number;
  /** ... of loading a scalar from a storage buffer that caches hold, in quads, ... */
  readonly loadNs: number;
  /** ... of storing one there, in quads, ... */
  readonly storeNs: number;
  /** ... of loading one from workgroup memory, ... */
  readonly workgroupLoadNs: number;
  /** ... of broadcasting a scalar in a subgroup, where there are any, ... */
  readonly broadcastNs: number | null;
  /** ... of a barrier. */
  readonly barrierNs: number;
  /** Of a barrier in a workgroup of 64 that is alone. */
  readonly barrierLatencyNs: number;
  /** 1e9 bytes a second: storage loads that caches serve, ... */
  readonly loadGbPerSecond: number;
  /** ... reads and writes of a kernel that copies a buffer beyond caches, ... */
  readonly memoryGbPerSecond: number;
  /** ... reads and writes of copyBufferToBuffer. */
  readonly copyGbPerSecond: number;
  /** Microseconds of a dispatch that depends on the one before. */
  readonly dispatchUs: DispatchCosts;
  /** Milliseconds on the wall from the copy to mapped bytes. */
  readonly readback: readonly { readonly bytes: number; readonly ms: number }[];
  /** Milliseconds on the wall of `writeBuffer`, until the queue has done it. */
  readonly upload: readonly { readonly bytes: number; readonly ms: number }[];
}

/** The best of several measurements of one adapter: whatever else a machine does only makes it slower. */
export function bestOf(all: readonly DeviceFigures[]): DeviceFigures {
  const [first, ...others] = all;
  return others.reduce((best, figures) => {
    const broadcasts = [best.broadcastNs, figures.broadcastNs].filter((ns) => ns !== null);
    const least = (of: (figures: DeviceFigures) => number): number =>
      Math.min(of(best), of(figures));
    const most = (of: (figures: DeviceFigures) => number): number =>
      Math.max(of(best), of(figures));
    return {
      ...best,
      gflops: most(({ gflops }) => gflops),
      fmaNs: least(({ fmaNs }) => fmaNs),
      loadNs: least(({ loadNs }) => loadNs),
      storeNs: least(({ storeNs }) => storeNs),
      workgroupLoadNs: least(({ workgroupLoadNs }) => workgroupLoadNs),
      broadcastNs: broadcasts.length > 0 ? Math.min(...broadcasts) : null,
      barrierNs: least(({ barrierNs }) => barrierNs),
      loadGbPerSecond: most(({ loadGbPerSecond }) => loadGbPerSecond),
      memoryGbPerSecond: most(({ memoryGbPerSecond }) => memoryGbPerSecond),
    };
  }, first);
}

export interface DispatchCosts {
  /** In one compute pass. */
  readonly inPass: number;
  /** In a pass of its own, all in one submit. */
  readonly ownPass: number;
  /** In a submit of its own, none awaited. */
  readonly ownSubmit: number;
  /** In a submit of its own that is awaited. */
  readonly awaited: number;
}
