/** Runs one configured kernel on tensors of the host: the tests of single kernels use it. */
import { Device, openDevice } from "../../src/gpu/device.ts";
import { BUFFER, MAP_READ, TEXTURE } from "../../src/gpu/usage.ts";
import type { Binding, DeviceTraits, Kernel, Stage } from "../../src/shaders/kernel.ts";
import { packParams } from "../../src/shaders/kernel.ts";
import { link } from "../../src/shaders/link.ts";

let shared: Promise<Device> | null = null;

/** One device for all tests of a file; a missing adapter fails the test. */
export function testDevice(): Promise<Device> {
  shared ??= openDevice();
  return shared;
}

const pretenders = new Map<string, Device>();

/**
 * A device on the same GPU that takes itself for another. There is one for the same traits: each listens
 * to the errors of the GPU for as long as that is there.
 */
export async function deviceWith(traits: Partial<DeviceTraits>): Promise<Device> {
  const device = await testDevice();
  if (Object.keys(traits).length === 0) return device;
  const all = { ...device.traits, ...traits };
  const key = JSON.stringify(all);
  const pretender = pretenders.get(key) ?? new Device(device.gpu, device.adapter, all);
  // Another test may have had it measured.
  pretender.traits = all;
  pretenders.set(key, pretender);
  return pretender;
}

export interface KernelRun<Spec> {
  readonly kernel: Kernel<Spec>;
  readonly spec: Spec;
  readonly stages?: Readonly<Record<string, readonly Stage[]>>;
  /** The arena before the run, in f32s; it is as large as this. */
  readonly arena: Float32Array;
  readonly weights?: Float32Array;
  /** For the binding `image`: RGBA bytes. */
  readonly image?: { readonly width: number; readonly height: number; readonly data: Uint8Array };
  /** What to configure the kernel for in the place of the traits of the device. */
  readonly traits?: Partial<DeviceTraits>;
}

/** The arena after the run. */
export async function runKernel<Spec>(run: KernelRun<Spec>): Promise<Float32Array> {
  const device = await testDevice();
  const { gpu } = device;
  const { kernel, spec, stages = {}, arena } = run;
  const { overrides, consts, imports, params, workgroups } = kernel.configure(spec, {
    ...device.traits,
    ...run.traits,
  });
  const linked = link(kernel, { consts, imports, stages });
  const uniforms = [
    packParams(kernel.params, params),
    ...linked.uniforms.map((stage) => packParams(stage.params ?? [], stage.values ?? {})),
  ];
  const { pipeline, layouts } = await device.pipelines.get({
    label: kernel.name,
    code: linked.code,
    overrides: { ...overrides, ...linked.overrides },
    bindings: kernel.bindings,
    paramBytes: uniforms[0].byteLength,
    stageBytes: uniforms.slice(1).map((bytes) => bytes.byteLength),
  });
  gpu.pushErrorScope("validation");
  const buffer = (data: ArrayBuffer | Float32Array, usage: number): GPUBuffer => {
    const made = gpu.createBuffer({ size: Math.max(16, data.byteLength), usage });
    gpu.queue.writeBuffer(made, 0, data as Float32Array<ArrayBuffer>);
    return made;
  };
  const { STORAGE, COPY_SRC, COPY_DST, UNIFORM } = BUFFER;
  const arenaBuffer = buffer(arena, STORAGE | COPY_SRC | COPY_DST);
  const weightBuffer = buffer(run.weights ?? new Float32Array(4), STORAGE | COPY_DST);
  const uniformBuffers = uniforms.map((bytes) => buffer(bytes, UNIFORM | COPY_DST));
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const texture = run.image && uploadImage(gpu, run.image);
  const resources: Partial<Record<Binding, GPUBindingResource>> = {
    params: { buffer: uniformBuffers[0] },
    arena: { buffer: arenaBuffer },
    weights: { buffer: weightBuffer },
    image: texture?.createView(),
  };
  const entries = kernel.bindings.map((kind, binding) => ({ binding, resource: resources[kind]! }));
  pass.setBindGroup(0, gpu.createBindGroup({ layout: layouts[0], entries }), [0]);
  if (layouts.length > 1) {
    const stageEntries = uniformBuffers.slice(1).map((made, binding) => ({
      binding,
      resource: { buffer: made },
    }));
    const group = gpu.createBindGroup({ layout: layouts[1], entries: stageEntries });
    pass.setBindGroup(
      1,
      group,
      stageEntries.map(() => 0),
    );
  }
  pass.dispatchWorkgroups(...workgroups);
  pass.end();
  const readback = gpu.createBuffer({
    size: arenaBuffer.size,
    usage: BUFFER.MAP_READ | BUFFER.COPY_DST,
  });
  encoder.copyBufferToBuffer(arenaBuffer, 0, readback, 0, arenaBuffer.size);
  gpu.queue.submit([encoder.finish()]);
  await readback.mapAsync(MAP_READ);
  const result = new Float32Array(readback.getMappedRange().slice(0));
  for (const made of [arenaBuffer, weightBuffer, readback, ...uniformBuffers]) made.destroy();
  texture?.destroy();
  const error = await gpu.popErrorScope();
  if (error) throw new Error(error.message);
  device.check();
  return result;
}

function uploadImage(
  gpu: GPUDevice,
  { width, height, data }: NonNullable<KernelRun<never>["image"]>,
): GPUTexture {
  const texture = gpu.createTexture({
    size: [width, height],
    format: "rgba8unorm",
    usage: TEXTURE.TEXTURE_BINDING | TEXTURE.COPY_DST,
  });
  const bytes = data as Uint8Array<ArrayBuffer>;
  gpu.queue.writeTexture({ texture }, bytes, { bytesPerRow: width * 4 }, [width, height]);
  return texture;
}
