/** Makes what a plan needs on a device before its first run: buffers, pipelines, bind groups. */
import type { Dispatch, Plan } from "../compiler/plan.ts";
import { DeviceError } from "../graph/errors.ts";
import type { BufferCopies } from "./buffer-copies.ts";
import type { Device } from "./device.ts";
import type { Pipeline } from "./pipelines.ts";
import { BUFFER } from "./usage.ts";

/** A dispatch with all that recording it needs. */
export interface Recorded {
  readonly dispatch: Dispatch;
  readonly pipeline: GPUComputePipeline;
  readonly groups: readonly { readonly group: GPUBindGroup; readonly offsets: readonly number[] }[];
}

/** Milliseconds; the two overlap. */
export interface PrepareTimes {
  /** Of this thread, spent on packing and writing constants. */
  readonly uploadMs: number;
  /** Until the last pipeline was ready. */
  readonly pipelinesMs: number;
}

export interface SchedulerOptions {
  readonly onPipeline?: (done: number, total: number) => void;
  /** Bytes of the constants. */
  readonly onUpload?: (done: number, total: number) => void;
  /** By default they copy bytes. */
  readonly bufferCopies?: BufferCopies;
  readonly signal?: AbortSignal;
}

/** Uniform structs lie this far apart: the greatest alignment that WebGPU allows a device to ask for. */
const UNIFORM_ALIGNMENT = 256;

/** The room that a uniform struct takes in their buffer. */
function alignUniform({ byteLength }: ArrayBuffer): number {
  return Math.ceil(byteLength / UNIFORM_ALIGNMENT) * UNIFORM_ALIGNMENT;
}

/** A plan's resources on a device. */
export interface Prepared {
  /** Without its constants, which are on the device now: nothing keeps those of the host. */
  readonly plan: Plan;
  /** In the plan's order; null where no run has needed the dispatch so far. */
  readonly recorded: readonly (Recorded | null)[];
  readonly buffers: PlanBuffers;
  readonly times: PrepareTimes;
  /** Makes what dispatches need that are recorded in some runs only. @throws ShaderError */
  complete(isNeeded: (dispatch: Dispatch) => boolean): Promise<void>;
}

export interface PlanBuffers {
  readonly arena: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly uniforms: GPUBuffer;
}

/**
 * Creates the pipelines that every run needs (all at once), buffers and bind groups, and uploads the
 * constants while the pipelines compile.
 * @throws ShaderError when a shader does not compile; DeviceError when memory cannot be had; the
 *   signal's reason.
 */
export async function prepare(
  device: Device,
  plan: Plan,
  options: SchedulerOptions,
): Promise<Prepared> {
  device.check();
  checkLimits(device, plan);
  const { gpu } = device;
  const compiling = createPipelines(device, plan, options);
  // Told below, once what was made beside it can be freed.
  compiling.catch(() => undefined);
  let buffers!: PlanBuffers;
  const errors = [scoped(gpu, () => (buffers = createBuffers(gpu, plan)))];
  try {
    const uploadMs = await upload(gpu, plan, buffers, errors, options);
    const { pipelines, pipelinesMs } = await compiling;
    const error = (await Promise.all(errors)).find((found) => found !== null);
    if (error) throw new DeviceError(`WebGPU: ${plan.name}: ${error.message}`);
    options.signal?.throwIfAborted();
    const times = { uploadMs, pipelinesMs };
    return { times, ...bindAll(device, withoutConstants(plan), buffers, pipelines) };
  } catch (error) {
    for (const buffer of Object.values(buffers) as GPUBuffer[]) buffer.destroy();
    throw error;
  }
}

/** The places of constants stay, for those who want to look at what is there. */
function withoutConstants(plan: Plan): Plan {
  const arenaConstants = plan.arenaConstants.map(({ tensor }) => ({ tensor, data: NO_NUMBERS }));
  return { ...plan, weights: [], arenaConstants };
}

const NO_NUMBERS = new Float32Array(0);

/** A function of its own: what it returns must not hold a plan with constants. */
function bindAll(
  device: Device,
  plan: Plan,
  buffers: PlanBuffers,
  pipelines: ReadonlyMap<Dispatch, Pipeline>,
): Omit<Prepared, "times"> {
  const bind = binder(device.gpu, plan, buffers);
  const recorded = plan.dispatches.map((dispatch) => {
    const pipeline = pipelines.get(dispatch);
    return pipeline ? bind(dispatch, pipeline) : null;
  });
  return {
    plan,
    recorded,
    buffers,
    async complete(isNeeded) {
      for (const [i, dispatch] of plan.dispatches.entries()) {
        if (recorded[i] || !isNeeded(dispatch)) continue;
        recorded[i] = bind(dispatch, await createPipeline(device, dispatch));
      }
    },
  };
}

/** What WebGPU has against `work`. */
async function scoped(gpu: GPUDevice, work: () => void): Promise<GPUError | null> {
  gpu.pushErrorScope("out-of-memory");
  gpu.pushErrorScope("validation");
  let errors: Promise<GPUError | null>[] = [];
  try {
    work();
  } finally {
    errors = [gpu.popErrorScope(), gpu.popErrorScope()];
  }
  return (await errors[0]) ?? errors[1];
}

/** The sizes of a plan's memory. */
export type Sizes = Pick<Plan, "arenaBytes" | "weightBytes" | "dispatches">;

export function createBuffers(gpu: GPUDevice, plan: Sizes): PlanBuffers {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = BUFFER;
  const make = (label: string, size: number, usage: number): GPUBuffer =>
    gpu.createBuffer({ label: `lightfuse ${label}`, size: Math.max(16, size), usage });
  const structs = plan.dispatches.flatMap(uniformsOf);
  const uniformBytes = structs.reduce((sum, bytes) => sum + alignUniform(bytes), 0);
  return {
    arena: make("arena", plan.arenaBytes, STORAGE | COPY_SRC | COPY_DST),
    weights: make("weights", plan.weightBytes, STORAGE | COPY_DST),
    uniforms: make("uniforms", uniformBytes, UNIFORM | COPY_DST),
  };
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

/** The longest that the page waits for packed weights: about a frame of its display. */
const SLICE_MS = 12;

/** Writes the constants, slice by slice; `errors` gets a promise for each. Returns milliseconds of this thread. */
async function upload(
  gpu: GPUDevice,
  plan: Plan,
  buffers: PlanBuffers,
  errors: Promise<GPUError | null>[],
  { onUpload, signal }: SchedulerOptions,
): Promise<number> {
  const writes = writeConstants(gpu, plan, buffers);
  let [spent, bytes, isDone] = [0, 0, false];
  for (;;) {
    signal?.throwIfAborted();
    const start = performance.now();
    const slice = (): void => {
      do {
        const { done, value } = writes.next();
        bytes += value ?? 0;
        isDone = done === true;
      } while (!isDone && performance.now() - start < SLICE_MS);
    };
    errors.push(scoped(gpu, slice));
    spent += performance.now() - start;
    onUpload?.(bytes, plan.weightBytes);
    if (isDone) return spent;
    await nextTask();
  }
}

/** Resolves when the page has had a turn; timers would be clamped to 4 ms. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** What is written before the first run. */
export type Constants = Pick<Plan, "elements" | "weights" | "arenaConstants" | "dispatches">;

/** Yields the bytes of weights that were written. */
export function* writeConstants(
  { queue }: GPUDevice,
  { elements, weights, arenaConstants, dispatches }: Constants,
  buffers: PlanBuffers,
): Generator<number, void> {
  for (const { offset, data } of weights) {
    queue.writeBuffer(buffers.weights, offset * 4 * elements.bytes, elements.encode(data));
    yield data.length * elements.bytes;
  }
  for (const { tensor, data } of arenaConstants) {
    queue.writeBuffer(buffers.arena, tensor.offset * elements.bytes, elements.encode(data));
  }
  const uniforms = new Uint8Array(buffers.uniforms.size);
  let offset = 0;
  for (const bytes of dispatches.flatMap(uniformsOf)) {
    uniforms.set(new Uint8Array(bytes), offset);
    offset += alignUniform(bytes);
  }
  queue.writeBuffer(buffers.uniforms, 0, uniforms);
}

/** Its kernel's struct, and those of its stages. */
function uniformsOf({ params, stageParams }: Dispatch): ArrayBuffer[] {
  return [params, ...stageParams];
}

export function createPipeline(
  device: Pick<Device, "pipelines">,
  dispatch: Dispatch,
): Promise<Pipeline> {
  const { label, kernel, code, overrides, bindings, params, stageParams } = dispatch;
  return device.pipelines.get({
    label: `${label} (${kernel})`,
    code,
    overrides,
    bindings,
    paramBytes: params.byteLength,
    stageBytes: stageParams.map((bytes) => bytes.byteLength),
  });
}

/** Those that every run needs, the longest shaders first: they keep a compiler's threads busy longest. */
export async function createPipelines(
  device: Device,
  { dispatches }: Plan,
  { onPipeline }: SchedulerOptions,
): Promise<{ readonly pipelines: ReadonlyMap<Dispatch, Pipeline>; readonly pipelinesMs: number }> {
  const start = performance.now();
  const needed = dispatches.filter(({ when }) => when === "always");
  needed.sort((a, b) => b.code.length - a.code.length);
  let done = 0;
  const pipelines = await Promise.all(
    needed.map(async (dispatch) => {
      const pipeline = await createPipeline(device, dispatch);
      onPipeline?.(++done, needed.length);
      return [dispatch, pipeline] as const;
    }),
  );
  return { pipelines: new Map(pipelines), pipelinesMs: performance.now() - start };
}

/** Binds dispatches, with one group for each layout: the uniforms are chosen by dynamic offsets. */
export function binder(
  gpu: GPUDevice,
  plan: Pick<Plan, "name" | "dispatches">,
  { arena, weights, uniforms }: PlanBuffers,
): (dispatch: Dispatch, pipeline: Pipeline) => Recorded {
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
  const offsets = new Map<ArrayBuffer, number>();
  let end = 0;
  for (const bytes of plan.dispatches.flatMap(uniformsOf)) {
    offsets.set(bytes, end);
    end += alignUniform(bytes);
  }
  return (dispatch, { pipeline, layouts }) => {
    const { bindings, params, stageParams } = dispatch;
    const resources = bindings.map((kind): GPUBufferBinding => {
      if (kind === "params") return { buffer: uniforms, size: params.byteLength };
      return { buffer: kind === "arena" ? arena : weights };
    });
    const made = [{ group: bind(layouts[0], resources), offsets: [offsets.get(params)!] }];
    if (layouts.length > 1) {
      const structs = stageParams.map(({ byteLength }) => ({ buffer: uniforms, size: byteLength }));
      const starts = stageParams.map((bytes) => offsets.get(bytes)!);
      made.push({ group: bind(layouts[1], structs), offsets: starts });
    }
    return { dispatch, pipeline, groups: made };
  };
}
