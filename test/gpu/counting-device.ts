/** A GPU device that counts what is asked of it, and how many bytes its buffers take. */

/** Calls by name, such as `createBuffer` or `submit`. */
export type Counts = Readonly<Record<string, number>>;

export class CountingDevice {
  /** To be used in the place of the device. */
  readonly gpu: GPUDevice;
  /** Bytes of the buffers that are not destroyed, now and at most. */
  aliveBytes = 0;
  peakBytes = 0;
  /** Textures that are not destroyed. */
  aliveTextures = 0;
  private calls: Record<string, number> = {};

  constructor(device: GPUDevice) {
    const queue = this.watch(device.queue);
    this.gpu = this.watch(device, { queue });
  }

  /** The calls since the last `reset`. */
  get counts(): Counts {
    return this.calls;
  }

  /** How often something was created. */
  get created(): Counts {
    return Object.fromEntries(
      Object.entries(this.calls).filter(([name]) => name.startsWith("create")),
    );
  }

  reset(): void {
    this.calls = {};
  }

  /** A WebGPU object whose methods are counted; what it makes is watched likewise. */
  private watch<T extends object>(target: T, instead: Readonly<Record<string, unknown>> = {}): T {
    return new Proxy(target, {
      get: (_, name) => {
        if (typeof name === "string" && name in instead) return instead[name];
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return (...given: unknown[]): unknown => {
          this.count(String(name));
          return this.result(String(name), value.apply(target, given) as unknown);
        };
      },
    });
  }

  private count(name: string): void {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
  }

  private result(name: string, made: unknown): unknown {
    switch (name) {
      case "createCommandEncoder":
      case "beginComputePass":
        return this.watch(made as object);
      case "createBuffer":
        this.follow(made as GPUBuffer, (made as GPUBuffer).size);
        return made;
      case "createTexture":
        this.aliveTextures++;
        this.follow(made as GPUTexture, 0);
        return made;
      default:
        return made;
    }
  }

  private follow(resource: GPUBuffer | GPUTexture, bytes: number): void {
    this.aliveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.aliveBytes);
    const destroy = resource.destroy.bind(resource);
    let isAlive = true;
    const watched = (): undefined => {
      destroy();
      if (!isAlive) return;
      isAlive = false;
      this.aliveBytes -= bytes;
      if (!("mapState" in resource)) this.aliveTextures--;
    };
    Object.defineProperty(resource, "destroy", { value: watched });
  }
}
