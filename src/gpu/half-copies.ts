/** Copies between an arena of f16 and the buffers of a page, which hold row-major f32. */
import { narrow } from "../shaders/f16/narrow.ts";
import { widen } from "../shaders/f16/widen.ts";
import { packParams } from "../shaders/kernel.ts";
import type { Kernel } from "../shaders/kernel.ts";
import { link } from "../shaders/link.ts";
import { quadsOf } from "../shaders/spec.ts";
import type { ArenaSlice, BufferCopies } from "./buffer-copies.ts";
import type { Device } from "./device.ts";
import type { Pipeline } from "./pipelines.ts";
import { BUFFER } from "./usage.ts";

/** What each kernel binds as `arena` and as `weights`. */
interface Bound<Spec> {
  readonly kernel: Kernel<Spec>;
  readonly spec: Spec;
  readonly arena: GPUBuffer;
  readonly weights: GPUBuffer;
}

export class HalfCopies implements BufferCopies {
  /** By size: a buffer of the page need not be one that shaders can read. */
  private readonly staging = new Map<number, GPUBuffer>();
  /** By kernel and spec, which are the same from run to run. */
  private readonly uniforms = new Map<string, GPUBuffer>();

  private constructor(
    private readonly device: Device,
    private readonly pipelines: ReadonlyMap<string, Pipeline>,
  ) {}

  static async create(device: Device): Promise<HalfCopies> {
    const pipelines = [narrow, widen].map(async ({ name, params, bindings, ...rest }) => {
      const pipeline = await device.pipelines.get({
        label: name,
        code: link({ name, ...rest }).code,
        overrides: {},
        bindings,
        paramBytes: packParams(params, {}).byteLength,
        stageBytes: [],
      });
      return [name, pipeline] as const;
    });
    return new HalfCopies(device, new Map(await Promise.all(pipelines)));
  }

  toArena(
    encoder: GPUCommandEncoder,
    from: GPUBuffer,
    { buffer, offset, count }: ArenaSlice,
  ): void {
    const weights = this.stage(quadsOf(count) * 16);
    encoder.copyBufferToBuffer(from, 0, weights, 0, count * 4);
    const spec = { y: offset, count };
    this.record(encoder, { kernel: narrow, spec, arena: buffer, weights });
  }

  fromArena(encoder: GPUCommandEncoder, slice: ArenaSlice, to: GPUBuffer, start: number): void {
    const spec = { x: slice.offset, y: start, count: slice.count };
    this.record(encoder, { kernel: widen, spec, arena: to, weights: slice.buffer });
  }

  dispose(): void {
    for (const buffer of [...this.staging.values(), ...this.uniforms.values()]) buffer.destroy();
  }

  private stage(size: number): GPUBuffer {
    let buffer = this.staging.get(size);
    if (!buffer) {
      const usage = BUFFER.STORAGE | BUFFER.COPY_DST;
      buffer = this.device.gpu.createBuffer({ label: "lightfuse input", size, usage });
      this.staging.set(size, buffer);
    }
    return buffer;
  }

  private record<Spec>(encoder: GPUCommandEncoder, bound: Bound<Spec>): void {
    const { kernel, spec } = bound;
    const { gpu, traits } = this.device;
    const { params, workgroups } = kernel.configure(spec, traits);
    const { pipeline, layouts } = this.pipelines.get(kernel.name)!;
    const bytes = packParams(kernel.params, params);
    const key = JSON.stringify([kernel.name, spec]);
    let uniforms = this.uniforms.get(key);
    if (!uniforms) {
      const usage = BUFFER.UNIFORM | BUFFER.COPY_DST;
      uniforms = gpu.createBuffer({ label: kernel.name, size: bytes.byteLength, usage });
      gpu.queue.writeBuffer(uniforms, 0, bytes);
      this.uniforms.set(key, uniforms);
    }
    const buffers = { params: uniforms, arena: bound.arena, weights: bound.weights };
    const entries = (["params", "arena", "weights"] as const).map((kind, binding) => ({
      binding,
      resource: { buffer: buffers[kind] },
    }));
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, gpu.createBindGroup({ layout: layouts[0], entries }), [0]);
    pass.dispatchWorkgroups(...workgroups);
    pass.end();
  }
}
