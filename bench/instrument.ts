/** Counts in the page what an engine asks of WebGPU. */

/** Counts since the page began; bytes of buffers and textures now, and the most there ever were. */
export interface GpuCounts {
  dispatches: number;
  passes: number;
  submits: number;
  pipelines: number;
  heldBytes: number;
  peakBytes: number;
  errors: string[];
}

/** Runs in the page before its own scripts; leaves the counts in `globalThis.gpuCounts`. */
export function instrument(): void {
  const counts: GpuCounts = {
    dispatches: 0,
    passes: 0,
    submits: 0,
    pipelines: 0,
    heldBytes: 0,
    peakBytes: 0,
    errors: [],
  };
  Object.assign(globalThis, { gpuCounts: counts });
  if (typeof GPUDevice === "undefined") return;
  type Method = (this: unknown, ...given: unknown[]) => unknown;
  const after = (prototype: object, name: string, note: (y: unknown, x: unknown) => void): void => {
    const methods = prototype as Record<string, Method>;
    const method = methods[name];
    methods[name] = function (...given) {
      const result = method.apply(this, given);
      note(result, this);
      return result;
    };
  };
  const { prototype: device } = GPUDevice;
  const { prototype: pass } = GPUComputePassEncoder;
  after(pass, "dispatchWorkgroups", () => counts.dispatches++);
  after(pass, "dispatchWorkgroupsIndirect", () => counts.dispatches++);
  after(GPUCommandEncoder.prototype, "beginComputePass", () => counts.passes++);
  after(GPUQueue.prototype, "submit", () => counts.submits++);
  after(device, "createComputePipeline", () => counts.pipelines++);
  after(device, "createComputePipelineAsync", () => counts.pipelines++);
  const live = new Map<object, number>();
  const hold = (resource: unknown, bytes: number): void => {
    live.set(resource as object, bytes);
    counts.heldBytes += bytes;
    counts.peakBytes = Math.max(counts.peakBytes, counts.heldBytes);
  };
  const release = (_: unknown, resource: unknown): void => {
    counts.heldBytes -= live.get(resource as object) ?? 0;
    live.delete(resource as object);
  };
  /** Of formats such as "rgba16float"; others do not occur in compute. */
  const texelBytes = (format: string): number => {
    const [, channels, bits] = /^([rgba]+)(8|16|32)/.exec(format) ?? ["", "rgba", "8"];
    return (channels.length * Number(bits)) / 8;
  };
  after(device, "createBuffer", (buffer) => hold(buffer, (buffer as GPUBuffer).size));
  after(device, "createTexture", (texture) => {
    const { width, height, depthOrArrayLayers, format } = texture as GPUTexture;
    hold(texture, width * height * depthOrArrayLayers * texelBytes(format));
  });
  after(GPUBuffer.prototype, "destroy", release);
  after(GPUTexture.prototype, "destroy", release);
  after(GPUAdapter.prototype, "requestDevice", (promise) => {
    void (promise as Promise<GPUDevice>).then((opened) => {
      opened.addEventListener("uncapturederror", (event) => {
        counts.errors.push(event.error.message);
      });
    });
  });
}
