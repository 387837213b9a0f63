/**
 * Runs a plan: all buffers, bind groups and pipelines are made once; a run writes the input, records
 * one pass of dispatches, submits once, and maps one readback buffer. Runs overlap: the next one is
 * uploaded and submitted while one is computed and the one before is read.
 */
import type { Dispatch, Plan, Port } from "../compiler/plan.ts";
import { imageSize } from "../shaders/spec.ts";
import { DeviceError } from "../graph/errors.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Tensor, TensorArray } from "../graph/tensor.ts";
import type { Device } from "./device.ts";
import type { BufferCopies } from "./buffer-copies.ts";
import type { BufferPorts } from "./buffer-ports.ts";
import { elementOffset, packQuads } from "./host-layout.ts";
import { prepare } from "./prepare.ts";
import type { Prepared, PrepareTimes, Recorded, SchedulerOptions } from "./prepare.ts";
import { planReadback, unpackOutputs } from "./readback.ts";
import type { Range, Readback } from "./readback.ts";
import { Turns } from "./turns.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

/** Something that is recorded before the plan's own dispatches, such as image preprocessing. */
export interface Prelude {
  /** Uploads what it needs; called when the run's turn has come, since runs share textures. */
  readonly prepare: () => Promise<void>;
  readonly record: (pass: GPUComputePassEncoder) => void;
}

/** Where an input comes from in one run. */
export type InputSource =
  | { readonly kind: "host"; readonly data: TensorArray; readonly buffer?: undefined }
  | { readonly kind: "buffer"; readonly buffer: GPUBuffer }
  | { readonly kind: "prelude"; readonly prelude: Prelude; readonly buffer?: undefined };

/** Records what it likes before the plan's dispatches, then null, and behind each of them. */
export type Watch = (
  pass: GPUComputePassEncoder,
  dispatch: Dispatch | null,
  inputs: ReadonlyMap<string, InputSource>,
) => void;

/** What one run brings beside its inputs. */
export interface RunSettings {
  readonly watch?: Watch;
  readonly signal?: AbortSignal;
  /** Tensors of the outputs' shapes and types, that are filled in the place of new ones. */
  readonly into?: Readonly<Record<string, Tensor>>;
  /** Called when the run was submitted: its inputs have been read. */
  readonly onInputsRead?: () => void;
}

export class Scheduler {
  /** Without the numbers of its constants. */
  readonly plan: Plan;
  readonly arena: GPUBuffer;
  readonly weights: GPUBuffer;
  private readonly buffers: GPUBuffer[] = [];
  private readonly readbacks: readonly Readback[];
  private readonly ranges: readonly Range[];
  /** Buffers that no run in flight uses; there are never more than runs in flight. */
  private readonly freeReadbacks: GPUBuffer[] = [];
  private readonly staging = new Map<Port, Float32Array<ArrayBuffer>>();
  private readonly turns = new Turns();
  /** Loaded with the first run that reads or writes buffers of the page. */
  private bufferPorts: BufferPorts | null = null;
  private disposed = false;

  private constructor(
    readonly device: Device,
    private readonly prepared: Prepared,
    readonly bufferCopies: BufferCopies | undefined,
  ) {
    this.plan = prepared.plan;
    const { plan } = this;
    const { arena, weights, uniforms } = prepared.buffers;
    this.arena = arena;
    this.weights = weights;
    this.buffers.push(arena, weights, uniforms);
    this.readbacks = planReadback(plan.outputs, plan.elements);
    this.ranges = this.readbacks.flatMap(({ ranges }) => ranges);
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
    return new Scheduler(device, await prepare(device, plan, options), options.bufferCopies);
  }

  get times(): PrepareTimes {
    return this.prepared.times;
  }

  /** Dispatches of a run whose inputs and outputs are tensors of the host. */
  get dispatchCount(): number {
    return this.plan.dispatches.filter(({ when }) => when === "always").length;
  }

  /** Begins after the runs that were started before. */
  run(
    inputs: ReadonlyMap<string, InputSource>,
    settings: RunSettings = {},
  ): Promise<Record<string, Tensor>> {
    return this.start(inputs, settings, false, () => {
      let buffer!: GPUBuffer;
      const verdict = this.submit(inputs, { ...settings, toBuffers: false }, (encoder) => {
        buffer = this.freeReadbacks.pop() ?? this.makeReadback();
        for (const { from, to, bytes } of this.ranges) {
          encoder.copyBufferToBuffer(this.arena, from, buffer, to, bytes);
        }
      });
      return this.readOutputs(buffer, verdict, settings);
    });
  }

  /**
   * As `run`, with every output in a buffer of its own, row-major f32, that the caller destroys. A
   * length stands behind the last element.
   */
  runToGpu(
    inputs: ReadonlyMap<string, InputSource>,
    settings: RunSettings = {},
  ): Promise<Map<string, GPUBuffer>> {
    return this.start(inputs, settings, true, () => {
      const results = new Map<string, GPUBuffer>();
      const ports = this.bufferPorts!;
      const verdict = this.submit(inputs, { ...settings, toBuffers: true }, (encoder) =>
        ports.exportOutputs(encoder, results),
      );
      return ports.accept(results, this.accept(verdict));
    });
  }

  /** `submit` in turn; its result is awaited while the next run begins. */
  private async start<T>(
    inputs: ReadonlyMap<string, InputSource>,
    { signal, onInputsRead, into }: RunSettings,
    toBuffers: boolean,
    submit: () => Promise<T>,
  ): Promise<T> {
    const { result } = await this.turns.take(async () => {
      this.check();
      signal?.throwIfAborted();
      const kinds = [...inputs.values()].map(({ kind }) => kind);
      if (toBuffers || kinds.includes("buffer")) {
        this.bufferPorts ??= new (await import("./buffer-ports.ts")).BufferPorts(this);
      }
      if (into) (await import("./check-into.ts")).checkInto(this.plan.outputs, into);
      await preparePreludes(inputs);
      await this.prepared.complete((dispatch) => isNeeded(dispatch, inputs, toBuffers));
      return { result: submit() };
    });
    onInputsRead?.();
    return result;
  }

  private makeReadback(): GPUBuffer {
    const buffer = this.device.gpu.createBuffer({
      label: "lightfuse readback",
      size: Math.max(16, ...this.ranges.map(({ to, bytes }) => to + bytes)),
      usage: BUFFER.MAP_READ | BUFFER.COPY_DST,
    });
    this.buffers.push(buffer);
    return buffer;
  }

  /** Records and submits one run. The promise is for what WebGPU has against this run alone. */
  private submit(
    inputs: ReadonlyMap<string, InputSource>,
    { watch, toBuffers }: Pick<RunSettings, "watch"> & { readonly toBuffers: boolean },
    copyOutputs: (encoder: GPUCommandEncoder) => void,
  ): Promise<GPUError | null> {
    const { gpu } = this.device;
    let verdict: Promise<GPUError | null>;
    gpu.pushErrorScope("validation");
    try {
      this.writeInputs(inputs);
      const encoder = gpu.createCommandEncoder({ label: this.plan.name });
      this.bufferPorts?.importBuffers(encoder, inputs);
      const pass = encoder.beginComputePass();
      this.recordPreludes(pass, inputs);
      watch?.(pass, null, inputs);
      for (const step of this.prepared.recorded) {
        if (!step || !isNeeded(step.dispatch, inputs, toBuffers)) continue;
        record(pass, step);
        watch?.(pass, step.dispatch, inputs);
      }
      pass.end();
      copyOutputs(encoder);
      gpu.queue.submit([encoder.finish()]);
    } finally {
      verdict = gpu.popErrorScope();
    }
    return verdict;
  }

  /** The plan's dispatches one by one: the tests, `profile` and `verify` record them as they like. */
  recordEach(
    visit: (dispatch: Dispatch, record: (pass: GPUComputePassEncoder) => void) => void,
  ): void {
    for (const step of this.prepared.recorded) {
      if (step?.dispatch.when === "always") visit(step.dispatch, (pass) => record(pass, step));
    }
  }

  /** @throws DeviceError after `dispose`, or when the device failed. */
  check(): void {
    if (this.disposed) throw new DeviceError(`${this.plan.name}: the model was disposed`);
    this.device.check();
  }

  /**
   * Runs `work` when all that was enqueued before is done, and nothing beside it.
   * @throws DeviceError after `dispose`.
   */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.alone(async () => {
      this.check();
      return work();
    });
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
      const { elements } = this.plan;
      const offset = elementOffset(host) * elements.bytes;
      this.device.gpu.queue.writeBuffer(this.arena, offset, elements.encode(staging));
    }
  }

  private recordPreludes(
    pass: GPUComputePassEncoder,
    inputs: ReadonlyMap<string, InputSource>,
  ): void {
    for (const source of inputs.values())
      if (source.kind === "prelude") source.prelude.record(pass);
  }

  /** @throws DeviceError when the device failed, or found a submitted run wrong. */
  private async accept(verdict: Promise<GPUError | null>): Promise<void> {
    const error = await verdict;
    this.device.check();
    if (error) throw new DeviceError(`WebGPU: ${this.plan.name}: ${error.message}`);
  }

  /** Maps the readback buffer, which the submitted commands fill, and unpacks every output. */
  private async readOutputs(
    buffer: GPUBuffer,
    verdict: Promise<GPUError | null>,
    { signal, into }: RunSettings,
  ): Promise<Record<string, Tensor>> {
    try {
      await Promise.all([buffer.mapAsync(MAP_READ), verdict]);
    } catch (error) {
      buffer.destroy();
      this.device.check();
      throw new DeviceError(`WebGPU: the outputs could not be read: ${(error as Error).message}`);
    }
    try {
      await this.accept(verdict);
      signal?.throwIfAborted();
      return unpackOutputs(this.readbacks, buffer.getMappedRange(), this.plan.elements, into);
    } finally {
      buffer.unmap();
      this.freeReadbacks.push(buffer);
    }
  }

  /** Resolves when all runs that were started are done. */
  idle(): Promise<void> {
    return this.turns.idle();
  }

  dispose(): void {
    if (this.disposed) return;
    this.disposed = true;
    // A run in flight still reads these.
    void this.idle().then(() => {
      for (const buffer of this.buffers) buffer.destroy();
      this.bufferCopies?.dispose?.();
    });
  }
}

async function preparePreludes(inputs: ReadonlyMap<string, InputSource>): Promise<void> {
  for (const source of inputs.values()) {
    if (source.kind === "prelude") await source.prelude.prepare();
  }
}

/** Whether a dispatch is part of a run with these inputs. */
function isNeeded(
  { when, port = "" }: Dispatch,
  inputs: ReadonlyMap<string, InputSource>,
  toBuffers: boolean,
): boolean {
  switch (when) {
    case "always":
      return true;
    case "export":
      return toBuffers;
    case "import":
      return inputs.get(port)?.kind === "buffer";
    case "image":
      return inputs.get(port)?.kind === "prelude";
  }
}

export function record(
  pass: GPUComputePassEncoder,
  { dispatch, pipeline, groups }: Recorded,
): void {
  pass.setPipeline(pipeline);
  groups.forEach(({ group, offsets }, index) => {
    pass.setBindGroup(index, group, offsets);
  });
  pass.dispatchWorkgroups(...dispatch.workgroups);
}
