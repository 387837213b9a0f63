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

export interface SchedulerOptions {
  readonly onPipeline?: (done: number, total: number) => void;
  /** By default they copy bytes. */
  readonly bufferCopies?: BufferCopies;
}

/** Uniform structs lie this far apart: the greatest alignment that WebGPU allows a device to ask for. */
const UNIFORM_ALIGNMENT = 256;

/** The room that a uniform struct takes in their buffer. */
function alignUniform({ byteLength }: ArrayBuffer): number {
  return Math.ceil(byteLength / UNIFORM_ALIGNMENT) * UNIFORM_ALIGNMENT;
}

/** A plan's resources on a device. */
export interface Prepared {
  readonly recorded: readonly Recorded[];
  readonly buffers: PlanBuffers;
}

export interface PlanBuffers {
  readonly arena: GPUBuffer;
  readonly weights: GPUBuffer;
  readonly uniforms: GPUBuffer;
}

/**
 * Creates pipelines (all at once), buffers and bind groups, and uploads the constants.
 * @throws ShaderError when a shader does not compile; DeviceError when memory cannot be had.
 */
export async function prepare(
  device: Device,
  plan: Plan,
  options: SchedulerOptions,
): Promise<Prepared> {
  device.check();
  checkLimits(device, plan);
  const { gpu } = device;
  gpu.pushErrorScope("out-of-memory");
  gpu.pushErrorScope("validation");
  const buffers = createBuffers(gpu, plan);
  uploadConstants(gpu, plan, buffers);
  const errors = Promise.all([gpu.popErrorScope(), gpu.popErrorScope()]);
  try {
    const pipelines = await createPipelines(device, plan, options);
    const error = (await errors).find((found) => found !== null);
    if (error) throw new DeviceError(`WebGPU: ${plan.name}: ${error.message}`);
    return { recorded: bindAll(gpu, plan, pipelines, buffers), buffers };
  } catch (error) {
    for (const buffer of Object.values(buffers) as GPUBuffer[]) buffer.destroy();
    throw error;
  }
}

function createBuffers(gpu: GPUDevice, plan: Plan): PlanBuffers {
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = BUFFER;
  const make = (label: string, size: number, usage: number): GPUBuffer =>
    gpu.createBuffer({ label: `lightfuse ${label}`, size: Math.max(16, size), usage });
  const structs = plan.dispatches.flatMap(({ params, stageParams }) => [params, ...stageParams]);
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

function uploadConstants(
  gpu: GPUDevice,
  plan: Plan,
  { arena, weights, uniforms }: PlanBuffers,
): void {
  const { elements } = plan;
  const write = (buffer: GPUBuffer, offset: number, data: Float32Array): void => {
    gpu.queue.writeBuffer(buffer, offset * elements.bytes, elements.encode(data));
  };
  for (const { offset, data } of plan.weights) write(weights, offset * 4, data);
  for (const { tensor, data } of plan.arenaConstants) write(arena, tensor.offset, data);
  let offset = 0;
  for (const { params, stageParams } of plan.dispatches) {
    for (const bytes of [params, ...stageParams]) {
      gpu.queue.writeBuffer(uniforms, offset, bytes);
      offset += alignUniform(bytes);
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
  { arena, weights, uniforms }: PlanBuffers,
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
  let end = 0;
  const next = (bytes: ArrayBuffer): number => {
    const offset = end;
    end += alignUniform(bytes);
    return offset;
  };
  return plan.dispatches.map((dispatch, i) => {
    const { pipeline, layouts } = pipelines[i];
    const resources = dispatch.bindings.map((kind): GPUBufferBinding => {
      if (kind === "params") return { buffer: uniforms, size: dispatch.params.byteLength };
      return { buffer: kind === "arena" ? arena : weights };
    });
    const kernel = { group: bind(layouts[0], resources), offsets: [next(dispatch.params)] };
    if (layouts.length === 1) return { dispatch, pipeline, groups: [kernel] };
    const stageResources = dispatch.stageParams.map(({ byteLength }) => ({
      buffer: uniforms,
      size: byteLength,
    }));
    const offsets = dispatch.stageParams.map(next);
    return {
      dispatch,
      pipeline,
      groups: [kernel, { group: bind(layouts[1], stageResources), offsets }],
    };
  });
}
