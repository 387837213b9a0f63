/** Times shaders of the device benchmark: how much more a little more work takes. */
import type { Clock } from "../clock.ts";
import { slope } from "../statistics.ts";
import { USAGE } from "./usage.ts";

export interface Kernel {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  /** Writes the uniform struct: u32 fields, floats as their bits. */
  readonly set: (params: readonly Param[]) => void;
}

/** A number of the uniform struct: a u32, or an f32 where it says so. */
export type Param = number | { readonly f32: number };

/** Work that is timed must take at least this much longer than one unit of it, in milliseconds. */
const LEAST_MS = 12;
const ROUNDS = 5;
const MOST_ROUNDS = 25;
const MOST = 2 ** 24;

export class Stopwatch {
  constructor(
    readonly gpu: GPUDevice,
    readonly clock: Clock,
  ) {}

  /** A kernel with its uniform struct at binding 0, and storage buffers from 1 on. */
  async kernel(code: string, buffers: readonly GPUBuffer[], workgroup = 64): Promise<Kernel> {
    const { gpu } = this;
    const module = gpu.createShaderModule({ code });
    const compute = { module, entryPoint: "main", constants: { WORKGROUP: workgroup } };
    const pipeline = await gpu.createComputePipelineAsync({ layout: "auto", compute });
    const uniform = gpu.createBuffer({
      size: 16,
      usage: USAGE.uniform | USAGE.copyTarget,
    });
    const entries = [uniform, ...buffers].map((buffer, binding) => ({
      binding,
      resource: { buffer },
    }));
    const bindings = gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries });
    const set = (params: readonly Param[]): void => {
      const view = new DataView(new ArrayBuffer(16));
      params.forEach((param, i) => {
        if (typeof param === "number") view.setUint32(i * 4, param, true);
        else view.setFloat32(i * 4, param.f32, true);
      });
      gpu.queue.writeBuffer(uniform, 0, view.buffer);
    };
    set([]);
    return { pipeline, bindings, set };
  }

  /** A buffer for storage, copies and no mapping. */
  buffer(bytes: number): GPUBuffer {
    const usage = USAGE.storage | USAGE.copySource | USAGE.copyTarget;
    return this.gpu.createBuffer({ size: bytes, usage });
  }

  /** Milliseconds of what is recorded, submitted and awaited. */
  async submit(record: (encoder: GPUCommandEncoder) => void): Promise<number> {
    const { gpu, clock } = this;
    const start = clock.now();
    const encoder = gpu.createCommandEncoder();
    record(encoder);
    gpu.queue.submit([encoder.finish()]);
    await gpu.queue.onSubmittedWorkDone();
    return clock.now() - start;
  }

  /** Milliseconds of one unit of work, from runs with few and with many: what starting costs drops out. */
  async costOf(run: (count: number) => Promise<number>): Promise<number> {
    let count = 4;
    await run(count);
    const starting = await run(1);
    while (count < MOST && (await run(count)) < starting + LEAST_MS) count *= 2;
    const few = Math.max(1, count / 4);
    const least = new Map<number, number>([
      [few, Infinity],
      [count, Infinity],
    ]);
    // Noise on a busy machine can be greater than the work for a while.
    for (let round = 1; round <= MOST_ROUNDS; round++) {
      for (const [n, best] of least) least.set(n, Math.min(best, await run(n)));
      const cost = slope([...least]);
      if (round >= ROUNDS && cost > 0) return cost;
    }
    throw new Error("bench: more work took no longer; the machine is too busy to measure");
  }

  /** Milliseconds of one iteration of a kernel's loop in each of so many workgroups. */
  async costOfIteration(
    { pipeline, bindings, set }: Kernel,
    workgroups: number,
    params: readonly Param[] = [],
  ): Promise<number> {
    return this.costOf((iterations) => {
      set([iterations, ...params]);
      return this.submit((encoder) => {
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(workgroups);
        pass.end();
      });
    });
  }
}
