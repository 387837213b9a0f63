/** Inputs and outputs of a run that are buffers of the page. */
import type { FlatPort, Plan } from "../compiler/plan.ts";
import { sizeOf } from "../graph/tensor.ts";
import { PLAIN_COPIES } from "./buffer-copies.ts";
import type { ArenaSlice, BufferCopies } from "./buffer-copies.ts";
import type { Device } from "./device.ts";
import { BUFFER } from "./usage.ts";

/** What runs a plan. */
interface Runner {
  readonly device: Device;
  readonly plan: Plan;
  readonly arena: GPUBuffer;
  readonly bufferCopies?: BufferCopies;
}

export class BufferPorts {
  private readonly copies: BufferCopies;

  constructor(private readonly scheduler: Runner) {
    this.copies = scheduler.bufferCopies ?? PLAIN_COPIES;
  }

  /** Copies the inputs that have a buffer. */
  importBuffers(
    encoder: GPUCommandEncoder,
    inputs: ReadonlyMap<string, { readonly buffer?: GPUBuffer }>,
  ): void {
    for (const { name, device, shape } of this.scheduler.plan.inputs) {
      const buffer = inputs.get(name)?.buffer;
      if (buffer) this.copies.toArena(encoder, buffer, this.slice(device, sizeOf(shape)));
    }
  }

  /** Copies each output to a new buffer, which `results` gets. */
  exportOutputs(encoder: GPUCommandEncoder, results: Map<string, GPUBuffer>): void {
    const { plan, device: owner } = this.scheduler;
    for (const { name, shape, device, length } of plan.outputs) {
      const count = sizeOf(shape);
      const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
      const size = Math.max(16, (count + (length ? 1 : 0)) * 4);
      const buffer = owner.gpu.createBuffer({ label: name, size, usage });
      results.set(name, buffer);
      this.copies.fromArena(encoder, this.slice(device, count), buffer, 0);
      if (length) this.copies.fromArena(encoder, this.slice(length, 1), buffer, count);
    }
  }

  /** The results, once the GPU is done with them. @throws DeviceError as `accepted` says */
  async accept(
    results: Map<string, GPUBuffer>,
    accepted: Promise<void>,
  ): Promise<Map<string, GPUBuffer>> {
    try {
      const { device } = this.scheduler;
      await Promise.all([device.gpu.queue.onSubmittedWorkDone(), accepted]);
      device.check();
    } catch (error) {
      for (const buffer of results.values()) buffer.destroy();
      throw error;
    }
    return results;
  }

  private slice({ tensor }: FlatPort, count: number): ArenaSlice {
    return { buffer: this.scheduler.arena, offset: tensor.offset, count };
  }
}
