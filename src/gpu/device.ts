/** Opens the GPU: adapter, features, limits, and the errors that it reports. */
import { DeviceError } from "../graph/errors.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { PipelineCache } from "./pipelines.ts";

/** Which adapter runs the model, for people to read. */
export interface AdapterDescription {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  /** The adapter computes on the CPU: results are right, times are not those of a GPU. */
  readonly software: boolean;
  readonly features: readonly string[];
}

export interface DeviceOptions {
  /** Where to ask for an adapter; by default `navigator.gpu`, and in Node the package `webgpu`. */
  readonly gpu?: GPU;
  readonly powerPreference?: GPUPowerPreference;
}

const WANTED_FEATURES: readonly GPUFeatureName[] = ["subgroups", "timestamp-query", "shader-f16"];

const WANTED_LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupStorageSize",
] as const;

/** A device with its pipelines; models share it. Errors that WebGPU reports late are kept in `failure`. */
export class Device {
  readonly pipelines: PipelineCache;
  /** The first error that nobody awaited, or the reason why the device was lost. */
  failure: DeviceError | null = null;
  private destroyed = false;

  constructor(
    readonly gpu: GPUDevice,
    readonly adapter: AdapterDescription,
    /** A probe knows them better than the adapter's name says them. */
    public traits: DeviceTraits,
  ) {
    this.pipelines = new PipelineCache(gpu);
    gpu.addEventListener("uncapturederror", (event) => {
      const { error } = event;
      this.failure ??= new DeviceError(`WebGPU: ${error.message}`);
    });
    void gpu.lost.then((info) => {
      if (this.destroyed) return;
      this.failure = new DeviceError(`WebGPU: the device was lost: ${info.message || info.reason}`);
    });
  }

  /** @throws DeviceError when the device was destroyed, lost, or reported an error. */
  check(): void {
    if (this.destroyed) throw new DeviceError("WebGPU: the device was disposed");
    if (this.failure) throw this.failure;
  }

  destroy(): void {
    this.destroyed = true;
    this.gpu.destroy();
  }
}

/**
 * Asks for an adapter and a device with all that the kernels can use.
 * @throws DeviceError when there is no WebGPU or no adapter.
 */
export async function openDevice(options: DeviceOptions = {}): Promise<Device> {
  const own = (globalThis as { navigator?: { gpu?: GPU } }).navigator?.gpu;
  const gpu = options.gpu ?? own ?? (await (await import("./missing-gpu.ts")).openNodeGpu());
  const { powerPreference = "high-performance" } = options;
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (!adapter) throw (await import("./missing-gpu.ts")).noAdapter();
  const requiredFeatures = WANTED_FEATURES.filter((feature) => adapter.features.has(feature));
  const requiredLimits = Object.fromEntries(
    WANTED_LIMITS.map((limit) => [limit, adapter.limits[limit]]),
  );
  const device = await adapter.requestDevice({
    label: "lightfuse",
    requiredFeatures,
    requiredLimits,
  });
  return new Device(device, describeAdapter(adapter), traitsOf(adapter, device));
}

const adopted = new WeakMap<GPUDevice, Device>();

/** Wraps a device that the page already has; the same device gives the same wrapper. */
export function adoptDevice(gpu: GPUDevice): Device {
  let device = adopted.get(gpu);
  if (!device) {
    device = new Device(gpu, describeInfo(gpu.adapterInfo, gpu.features), traitsOf(gpu, gpu));
    adopted.set(gpu, device);
  }
  return device;
}

function describeAdapter(adapter: GPUAdapter): AdapterDescription {
  return describeInfo(adapter.info, adapter.features);
}

function describeInfo(info: GPUAdapterInfo, features: GPUSupportedFeatures): AdapterDescription {
  const { vendor, architecture, description } = info;
  const named = `${vendor} ${architecture} ${description}`.toLowerCase();
  return {
    vendor,
    architecture,
    description,
    software: info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/.test(named),
    features: [...features].sort(),
  };
}

function traitsOf(source: GPUAdapter | GPUDevice, device: GPUDevice): DeviceTraits {
  const info = "info" in source ? source.info : source.adapterInfo;
  const { limits } = device;
  const { vendor, architecture } = info;
  return {
    subgroups: device.features.has("subgroups") && (info.subgroupMinSize ?? 0) >= 4,
    software: describeInfo(info, device.features).software,
    // Intel's own cards have architectures such as xe-2-hpg.
    integrated: !/nvidia|amd|-hpg/.test(`${vendor} ${architecture}`),
    maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    maxInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
  };
}
