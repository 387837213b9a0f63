/** Measures what an adapter can do at best; runs in Node and in a page. */
import { type Device, openDevice } from "../../src/index.ts";
import { clockOf } from "../clock.ts";
import { median } from "../statistics.ts";
import barrierCode from "../shaders/barrier.wgsl?raw";
import broadcastCode from "../shaders/broadcast.wgsl?raw";
import copyCode from "../shaders/copy.wgsl?raw";
import fmaCode from "../shaders/fma.wgsl?raw";
import loadCode from "../shaders/load.wgsl?raw";
import storeCode from "../shaders/store.wgsl?raw";
import touchCode from "../shaders/touch.wgsl?raw";
import workgroupLoadCode from "../shaders/workgroup-load.wgsl?raw";
import type { DeviceFigures, DispatchCosts } from "./figures.ts";
import { Stopwatch } from "./stopwatch.ts";
import { MAP_READ, USAGE } from "./usage.ts";

/** Invocations of a workgroup. */
const WORKGROUP = 64;
/** Of the shaders' loops, an invocation and iteration. */
const FMAS = 256;
const LOADED_SCALARS = 8 * 4;
const STORED_SCALARS = 8 * 4;
const BROADCAST_SCALARS = 16 * 4;
const BARRIERS = 8;
/** Quads that caches hold: 64 KB. */
const CACHED = 4096;
/** Multiplied by a half and increased by 1, numbers stay near 2. */
const STEADY = [{ f32: 0.5 }, { f32: 1 }];
const MB = 2 ** 20;

/** @throws DeviceError without an adapter */
export async function probeDevice(): Promise<DeviceFigures> {
  const device = await openDevice();
  try {
    return await new Probe(device).figures();
  } finally {
    device.destroy();
  }
}

/** What keeps one core busy (dispatches one by one, copies, a lone workgroup) is timed as such. */
class Probe {
  private readonly watch: Stopwatch;
  private readonly software: boolean;
  /** Workgroups that fill the device. */
  private readonly many: number;
  private readonly sink: GPUBuffer;

  constructor(private readonly device: Device) {
    this.software = device.adapter.software;
    this.watch = new Stopwatch(device.gpu, clockOf(this.software));
    this.many = this.software ? 64 : 8192;
    this.sink = this.watch.buffer(WORKGROUP * 16);
  }

  async figures(): Promise<DeviceFigures> {
    const fmaNs = (await this.nanoseconds(fmaCode, STEADY)) / FMAS;
    const loadNs = await this.loadNs();
    const broadcastNs = await this.broadcastNs(fmaNs);
    const barrier = await this.watch.kernel(barrierCode, [this.sink]);
    const alone = (await this.watch.costOfIteration(barrier, 1)) / BARRIERS;
    const figures = {
      unit: this.watch.clock.unit,
      software: this.software,
      gflops: 2 / fmaNs,
      fmaNs,
      loadNs,
      storeNs: await this.storeNs(),
      workgroupLoadNs: (await this.nanoseconds(workgroupLoadCode)) / LOADED_SCALARS,
      broadcastNs,
      barrierNs: (await this.nanoseconds(barrierCode)) / BARRIERS,
      barrierLatencyNs: alone * 1e6 * this.watch.clock.cores,
      loadGbPerSecond: 4 / loadNs,
      ...(await this.bandwidths()),
      dispatchUs: await this.dispatchCosts(),
      readback: await this.transfers([4096, MB, 16 * MB], (bytes) => this.readback(bytes)),
      upload: await this.transfers([4096, 588 * 1024, 16 * MB], (bytes) => this.upload(bytes)),
    };
    this.device.check();
    return figures;
  }

  /** Of one iteration, for each invocation of a device that is full. */
  private async nanoseconds(
    code: string,
    params: Parameters<Stopwatch["costOfIteration"]>[2] = [],
  ) {
    const kernel = await this.watch.kernel(code, [this.sink]);
    const ms = await this.watch.costOfIteration(kernel, this.many, params);
    return (ms * 1e6) / (this.many * WORKGROUP);
  }

  private async loadNs(): Promise<number> {
    const stride = WORKGROUP;
    const x = this.watch.buffer((CACHED + 8 * stride) * 16);
    const kernel = await this.watch.kernel(loadCode, [this.sink, x]);
    const ms = await this.watch.costOfIteration(kernel, this.many, [CACHED - 1, stride]);
    x.destroy();
    return (ms * 1e6) / (this.many * WORKGROUP * LOADED_SCALARS);
  }

  private async storeNs(): Promise<number> {
    const y = this.watch.buffer((CACHED + 8 * WORKGROUP) * 16);
    const kernel = await this.watch.kernel(storeCode, [y]);
    const ms = await this.watch.costOfIteration(kernel, this.many, [CACHED - 1, WORKGROUP]);
    y.destroy();
    return (ms * 1e6) / (this.many * WORKGROUP * STORED_SCALARS);
  }

  /** Each comes with a sum, and four with a multiply-add; they are taken off. */
  private async broadcastNs(fmaNs: number): Promise<number | null> {
    if (!this.device.traits.subgroups) return null;
    const scalar = (await this.nanoseconds(broadcastCode, STEADY)) / BROADCAST_SCALARS;
    return Math.max(0, scalar - fmaNs * 1.25);
  }

  private async bandwidths(): Promise<
    Pick<DeviceFigures, "memoryGbPerSecond" | "copyGbPerSecond">
  > {
    const { watch, device } = this;
    const most = Math.min(
      device.gpu.limits.maxStorageBufferBindingSize,
      device.gpu.limits.maxBufferSize,
    );
    const bytes = Math.min(this.software ? 32 * MB : 512 * MB, 2 ** Math.floor(Math.log2(most)));
    const [x, y] = [watch.buffer(bytes), watch.buffer(bytes)];
    const quarter = bytes / 64;
    const { pipeline, bindings, set } = await watch.kernel(copyCode, [y, x]);
    set([quarter]);
    const groups = Math.ceil(quarter / WORKGROUP);
    const across = Math.min(groups, 32_768);
    const kernelMs = await watch.costOf((count) =>
      watch.submit((encoder) => {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        for (let i = 0; i < count; i++) pass.dispatchWorkgroups(across, Math.ceil(groups / across));
        pass.end();
      }),
    );
    const copyMs = await watch.costOf((count) =>
      watch.submit((encoder) => {
        for (let i = 0; i < count; i++) encoder.copyBufferToBuffer(x, 0, y, 0, bytes);
      }),
    );
    const { cores } = watch.clock;
    for (const buffer of [x, y]) buffer.destroy();
    const rate = (ms: number): number => (2 * bytes) / (ms * 1e6);
    return { memoryGbPerSecond: rate(kernelMs), copyGbPerSecond: rate(copyMs * cores) };
  }

  private async dispatchCosts(): Promise<DispatchCosts> {
    const { watch } = this;
    const { queue } = watch.gpu;
    const { pipeline, bindings } = await watch.kernel(touchCode, [this.sink]);
    const dispatch = (encoder: GPUCommandEncoder, count: number): void => {
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      for (let i = 0; i < count; i++) pass.dispatchWorkgroups(1);
      pass.end();
    };
    const submit = (): void => {
      const encoder = watch.gpu.createCommandEncoder();
      dispatch(encoder, 1);
      queue.submit([encoder.finish()]);
    };
    const timed = async (work: () => Promise<void>): Promise<number> => {
      const start = watch.clock.now();
      await work();
      return watch.clock.now() - start;
    };
    const us = async (run: (count: number) => Promise<number>): Promise<number> =>
      (await watch.costOf(run)) * 1000 * watch.clock.cores;
    return {
      inPass: await us((n) => watch.submit((encoder) => dispatch(encoder, n))),
      ownPass: await us((n) =>
        watch.submit((encoder) => {
          for (let i = 0; i < n; i++) dispatch(encoder, 1);
        }),
      ),
      ownSubmit: await us((n) =>
        timed(async () => {
          for (let i = 0; i < n; i++) submit();
          await queue.onSubmittedWorkDone();
        }),
      ),
      awaited: await us((n) =>
        timed(async () => {
          for (let i = 0; i < n; i++) {
            submit();
            await queue.onSubmittedWorkDone();
          }
        }),
      ),
    };
  }

  private async transfers(
    sizes: readonly number[],
    transfer: (bytes: number) => Promise<number>,
  ): Promise<{ bytes: number; ms: number }[]> {
    const results: { bytes: number; ms: number }[] = [];
    for (const bytes of sizes) {
      await transfer(bytes);
      const times: number[] = [];
      for (let i = 0; i < 7; i++) times.push(await transfer(bytes));
      results.push({ bytes, ms: median(times)! });
    }
    return results;
  }

  private async readback(bytes: number): Promise<number> {
    const { gpu } = this.watch;
    const from = this.watch.buffer(bytes);
    const usage = USAGE.copyTarget | USAGE.mapRead;
    const to = gpu.createBuffer({ size: bytes, usage });
    // Buffers are cleared when they are first used, which is no part of a readback.
    await this.watch.submit((encoder) => encoder.copyBufferToBuffer(from, 0, to, 0, bytes));
    const start = performance.now();
    const encoder = gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(from, 0, to, 0, bytes);
    gpu.queue.submit([encoder.finish()]);
    await to.mapAsync(MAP_READ);
    new Uint8Array(to.getMappedRange().slice(0));
    const ms = performance.now() - start;
    for (const buffer of [from, to]) buffer.destroy();
    return ms;
  }

  private async upload(bytes: number): Promise<number> {
    const { gpu } = this.watch;
    const to = this.watch.buffer(bytes);
    const data = new Uint8Array(bytes);
    gpu.queue.writeBuffer(to, 0, data);
    await gpu.queue.onSubmittedWorkDone();
    const start = performance.now();
    gpu.queue.writeBuffer(to, 0, data);
    await gpu.queue.onSubmittedWorkDone();
    const ms = performance.now() - start;
    to.destroy();
    return ms;
  }
}
