/**
 * Runs a plan: all buffers, bind groups and pipelines are made once; a run writes the input, records
 * one pass of dispatches, submits once, and maps one readback buffer.
 */
import type { Dispatch, FlatPort, Plan, Port, QuadsPort } from "../compiler/plan.ts";
import { imageSize } from "../shaders/spec.ts";
import { DeviceError } from "../graph/errors.ts";
import { allocate, sizeOf } from "../graph/tensor.ts";
import type { Tensor, TensorArray } from "../graph/tensor.ts";
import type { Device } from "./device.ts";
import { packQuads, unpackQuads } from "./host-layout.ts";
import type { Pipeline } from "./pipelines.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

/** A dispatch with all that recording it needs. */
interface Recorded {
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly { readonly group: GPUBindGroup; readonly offsets: readonly number[] }[];
}

/** Something that is recorded before the plan's own dispatches, such as image preprocessing. */
export interface Prelude {
  record(pass: GPUComputePassEncoder): void;
}

/** Where an input comes from in one run. */
export type InputSource =
  | { readonly kind: "host"; readonly data: TensorArray }
  | { readonly kind: "buffer"; readonly buffer: GPUBuffer }
  | { readonly kind: "prelude"; readonly prelude: Prelude };

export interface SchedulerOptions {
  readonly onPipeline?: (done: number, total: number) => void;
}

/** Uniform structs lie this far apart: the greatest alignment that WebGPU allows a device to ask for. */
const UNIFORM_ALIGNMENT = 256;

interface Readback {
  readonly port: Port;
  /** Bytes into the arena and into the readback buffer. */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export class Scheduler {
  readonly arena: GPUBuffer;
  private readonly buffers: GPUBuffer[] = [];
  private readonly readbacks: readonly Readback[];
  private readonly readbackBuffer: GPUBuffer;
  private readonly staging = new Map<Port, Float32Array<ArrayBuffer>>();
  private queue: Promise<unknown> = Promise.resolve();
  private disposed = false;

  private constructor(
    readonly device: Device,
    readonly plan: Plan,
    private readonly recorded: readonly Recorded[],
    buffers: { arena: GPUBuffer; weights: GPUBuffer; uniforms: GPUBuffer },
  ) {
    this.arena = buffers.arena;
    this.buffers.push(buffers.arena, buffers.weights, buffers.uniforms);
    this.readbacks = planReadback(plan.outputs);
    const bytes = this.readbacks.reduce((most, { to, bytes }) => Math.max(most, to + bytes), 0);
    this.readbackBuffer = device.gpu.createBuffer({
      label: "lightfuse readback",
      size: Math.max(16, bytes),
      usage: BUFFER.MAP_READ | BUFFER.COPY_DST,
    });
    this.buffers.push(this.readbackBuffer);
    for (const port of plan.inputs) {
      const { host } = port;
      const size =
        host.layout === "quads"
          ? host.tensor.images * imageSize(host.tensor) * 4
          : Math.ceil(sizeOf(port.shape) / 4) * 4;
      this.staging.set(port, new Float32Array(size));
    }
  }

  /**
   * Creates pipelines (all at once), buffers and bind groups, and uploads the constants.
   * @throws ShaderError when a shader does not compile; DeviceError when memory cannot be had.
   */
  static async create(
    device: Device,
    plan: Plan,
    options: SchedulerOptions = {},
  ): Promise<Scheduler> {
    device.check();
    checkLimits(device, plan);
    const { gpu } = device;
    gpu.pushErrorScope("out-of-memory");
    gpu.pushErrorScope("validation");
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = BUFFER;
    const make = (label: string, size: number, usage: number): GPUBuffer =>
      gpu.createBuffer({ label: `lightfuse ${label}`, size: Math.max(16, size), usage });
    const arena = make("arena", plan.arenaBytes, STORAGE | COPY_SRC | COPY_DST);
    const weights = make("weights", plan.weightBytes, STORAGE | COPY_DST);
    const slots = plan.dispatches.reduce((sum, { stageParams }) => sum + 1 + stageParams.length, 0);
    const uniforms = make("uniforms", slots * UNIFORM_ALIGNMENT, UNIFORM | COPY_DST);
    const buffers = { arena, weights, uniforms };
    uploadConstants(gpu, plan, buffers);
    const errors = [gpu.popErrorScope(), gpu.popErrorScope()];
    const pipelines = await createPipelines(device, plan, options);
    for (const error of await Promise.all(errors)) {
      if (!error) continue;
      for (const buffer of Object.values(buffers)) buffer.destroy();
      throw new DeviceError(`WebGPU: ${plan.name}: ${error.message}`);
    }
    const recorded = bindAll(gpu, plan, pipelines, buffers);
    return new Scheduler(device, plan, recorded, buffers);
  }

  /** Dispatches of a run whose inputs and outputs are tensors of the host. */
  get dispatchCount(): number {
    return this.recorded.filter(({ dispatch }) => dispatch.when === "always").length;
  }

  /** Runs after the runs that were started before. */
  run(inputs: ReadonlyMap<string, InputSource>): Promise<Record<string, Tensor>> {
    return this.enqueue(async () => {
      this.writeInputs(inputs);
      const encoder = this.device.gpu.createCommandEncoder({ label: this.plan.name });
      this.importBuffers(encoder, inputs);
      const pass = encoder.beginComputePass();
      this.recordPreludes(pass, inputs);
      const isBuffer = (port = ""): boolean => inputs.get(port)?.kind === "buffer";
      for (const step of this.recorded) {
        const { when, port } = step.dispatch;
        if (when === "always" || (when === "import" && isBuffer(port))) record(pass, step);
      }
      pass.end();
      for (const { from, to, bytes } of this.readbacks) {
        encoder.copyBufferToBuffer(this.arena, from, this.readbackBuffer, to, bytes);
      }
      this.device.gpu.queue.submit([encoder.finish()]);
      return this.readOutputs();
    });
  }

  /** As `run`, with every output in a buffer of its own, row-major f32, that the caller destroys. */
  runToGpu(inputs: ReadonlyMap<string, InputSource>): Promise<Map<string, GPUBuffer>> {
    return this.enqueue(async () => {
      this.writeInputs(inputs);
      const { gpu } = this.device;
      const encoder = gpu.createCommandEncoder({ label: this.plan.name });
      this.importBuffers(encoder, inputs);
      const pass = encoder.beginComputePass();
      this.recordPreludes(pass, inputs);
      for (const step of this.recorded) {
        const { when, port = "" } = step.dispatch;
        if (when !== "import" || inputs.get(port)?.kind === "buffer") record(pass, step);
      }
      pass.end();
      const results = new Map<string, GPUBuffer>();
      for (const port of this.plan.outputs) {
        const size = Math.max(16, sizeOf(port.shape) * 4);
        const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
        const buffer = gpu.createBuffer({ label: port.name, size, usage });
        const { offset } = port.device.tensor;
        encoder.copyBufferToBuffer(this.arena, offset * 4, buffer, 0, sizeOf(port.shape) * 4);
        results.set(port.name, buffer);
      }
      gpu.queue.submit([encoder.finish()]);
      await gpu.queue.onSubmittedWorkDone();
      this.device.check();
      return results;
    });
  }

  /** The plan's dispatches one by one: the tests, `profile` and `verify` record them as they like. */
  recordEach(
    visit: (dispatch: Dispatch, record: (pass: GPUComputePassEncoder) => void) => void,
  ): void {
    for (const step of this.recorded) {
      if (step.dispatch.when === "always") visit(step.dispatch, (pass) => record(pass, step));
    }
  }

  /** Runs `work` when all that was enqueued before is done. @throws DeviceError after `dispose`. */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    const run = this.queue.then(async () => {
      if (this.disposed) throw new DeviceError(`${this.plan.name}: the model was disposed`);
      this.device.check();
      return work();
    });
    this.queue = run.catch(() => undefined);
    return run;
  }

  /** Uploads tensors of the host into the arena. */
  writeInputs(inputs: ReadonlyMap<string, InputSource>): void {
    for (const port of this.plan.inputs) {
      const source = inputs.get(port.name);
      if (source?.kind !== "host") continue;
      const { host } = port;
      const staging = this.staging.get(port)!;
      if (host.layout === "quads") packQuads(host, source.data, staging);
      else staging.set(source.data);
      this.device.gpu.queue.writeBuffer(this.arena, byteOffset(host), staging);
    }
  }

  private importBuffers(
    encoder: GPUCommandEncoder,
    inputs: ReadonlyMap<string, InputSource>,
  ): void {
    for (const port of this.plan.inputs) {
      const source = inputs.get(port.name);
      if (source?.kind !== "buffer") continue;
      const { offset } = port.device.tensor;
      encoder.copyBufferToBuffer(source.buffer, 0, this.arena, offset * 4, sizeOf(port.shape) * 4);
    }
  }

  private recordPreludes(
    pass: GPUComputePassEncoder,
    inputs: ReadonlyMap<string, InputSource>,
  ): void {
    for (const source of inputs.values())
      if (source.kind === "prelude") source.prelude.record(pass);
  }

  /** Maps the readback buffer, which the submitted commands fill, and unpacks every output. */
  private async readOutputs(): Promise<Record<string, Tensor>> {
    await this.readbackBuffer.mapAsync(MAP_READ);
    const mapped = this.readbackBuffer.getMappedRange();
    const outputs: Record<string, Tensor> = {};
    for (const { port, to, bytes } of this.readbacks) {
      const from = new Float32Array(mapped, to, bytes / 4);
      const data = allocate(port.dtype, sizeOf(port.shape));
      if (port.host.layout === "quads") unpackQuads(port.host, from, data);
      else data.set(from.subarray(0, data.length));
      outputs[port.name] = { shape: port.shape, dtype: port.dtype, data };
    }
    this.readbackBuffer.unmap();
    this.device.check();
    return outputs;
  }

  /** Resolves when all runs that were started are done. */
  async idle(): Promise<void> {
    await this.queue;
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    // A run in flight still reads these: the queue goes first.
    void this.queue.then(() => {
      for (const buffer of this.buffers) buffer.destroy();
    });
  }
}

function record(pass: GPUComputePassEncoder, { dispatch, pipeline, groups }: Recorded): void {
  pass.setPipeline(pipeline);
  groups.forEach(({ group, offsets }, index) => {
    pass.setBindGroup(index, group, offsets);
  });
  pass.dispatchWorkgroups(...dispatch.workgroups);
}

function byteOffset({ layout, tensor }: QuadsPort | FlatPort): number {
  return tensor.offset * (layout === "quads" ? 16 : 4);
}

function planReadback(outputs: readonly Port[]): Readback[] {
  let to = 0;
  return outputs.map((port) => {
    const { host } = port;
    const bytes = host.layout === "quads" ? quadsSpan(host) * 16 : sizeOf(port.shape) * 4;
    const readback = { port, from: byteOffset(host), to, bytes };
    to += Math.ceil(bytes / 16) * 16;
    return readback;
  });
}

/** vec4s from the first to the last quad of a tensor. */
function quadsSpan({ tensor }: QuadsPort): number {
  return (tensor.images - 1) * tensor.imageStride + imageSize(tensor);
}

function checkLimits({ gpu }: Device, plan: Plan): void {
  const most = Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize);
  for (const [what, bytes] of [
    ["activations", plan.arenaBytes],
    ["weights", plan.weightBytes],
  ] as const) {
    if (bytes > most) {
      throw new DeviceError(
        `WebGPU: ${plan.name}: the ${what} take ${bytes} bytes, the device allows ${most} in one binding`,
      );
    }
  }
}

function uploadConstants(
  gpu: GPUDevice,
  plan: Plan,
  { arena, weights, uniforms }: { arena: GPUBuffer; weights: GPUBuffer; uniforms: GPUBuffer },
): void {
  const write = (buffer: GPUBuffer, offset: number, data: Float32Array): void => {
    gpu.queue.writeBuffer(buffer, offset, data as Float32Array<ArrayBuffer>);
  };
  for (const { offset, data } of plan.weights) write(weights, offset * 16, data);
  for (const { tensor, data } of plan.arenaConstants) write(arena, tensor.offset * 4, data);
  let slot = 0;
  for (const { params, stageParams } of plan.dispatches) {
    for (const bytes of [params, ...stageParams]) {
      gpu.queue.writeBuffer(uniforms, slot++ * UNIFORM_ALIGNMENT, bytes);
    }
  }
}

async function createPipelines(
  device: Device,
  plan: Plan,
  { onPipeline }: SchedulerOptions,
): Promise<Pipeline[]> {
  let done = 0;
  return Promise.all(
    plan.dispatches.map(async (dispatch) => {
      const { label, kernel, code, overrides, bindings, params, stageParams } = dispatch;
      const pipeline = await device.pipelines.get({
        label: `${label} (${kernel})`,
        code,
        overrides,
        bindings,
        paramBytes: params.byteLength,
        stageBytes: stageParams.map((bytes) => bytes.byteLength),
      });
      onPipeline?.(++done, plan.dispatches.length);
      return pipeline;
    }),
  );
}

/** Bind groups, one for each layout: the uniforms of a dispatch are chosen by dynamic offsets. */
function bindAll(
  gpu: GPUDevice,
  plan: Plan,
  pipelines: readonly Pipeline[],
  { arena, weights, uniforms }: { arena: GPUBuffer; weights: GPUBuffer; uniforms: GPUBuffer },
): Recorded[] {
  const groups = new Map<GPUBindGroupLayout, GPUBindGroup>();
  const bind = (
    layout: GPUBindGroupLayout,
    resources: readonly GPUBufferBinding[],
  ): GPUBindGroup => {
    let group = groups.get(layout);
    if (!group) {
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      group = gpu.createBindGroup({ label: plan.name, layout, entries });
      groups.set(layout, group);
    }
    return group;
  };
  let slot = 0;
  return plan.dispatches.map((dispatch, i) => {
    const { pipeline, layouts } = pipelines[i];
    const resources = dispatch.bindings.map((kind): GPUBufferBinding => {
      if (kind === "params") return { buffer: uniforms, size: dispatch.params.byteLength };
      return { buffer: kind === "arena" ? arena : weights };
    });
    const kernel = { group: bind(layouts[0], resources), offsets: [slot++ * UNIFORM_ALIGNMENT] };
    if (layouts.length === 1) return { dispatch, pipeline, groups: [kernel] };
    const stageResources = dispatch.stageParams.map(({ byteLength }) => ({
      buffer: uniforms,
      size: byteLength,
    }));
    const offsets = dispatch.stageParams.map(() => slot++ * UNIFORM_ALIGNMENT);
    return {
      dispatch,
      pipeline,
      groups: [kernel, { group: bind(layouts[1], stageResources), offsets }],
    };
  });
}
