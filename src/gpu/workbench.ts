/**
 * Times dispatches alone, of several plans in one memory: what they compute does not matter, so all
 * read the same made-up numbers.
 */
import type { Dispatch, Plan } from "../compiler/plan.ts";
import { DeviceError } from "../graph/errors.ts";
import type { Device } from "./device.ts";
import { PipelineCache } from "./pipelines.ts";
import { binder, createBuffers, createPipeline, writeConstants } from "./prepare.ts";
import type { PlanBuffers, Recorded } from "./prepare.ts";
import { record } from "./scheduler.ts";
import { timePasses } from "./timing.ts";

/** Dispatches that are timed together, one after the other. */
export type Stint = readonly Dispatch[];

/** What a plan says of its memory. */
export type Memory = Pick<Plan, "name" | "elements" | "arenaBytes" | "weightBytes">;

/** Numbers that are written over and over. */
const BLOCK = 2 ** 18;

export class Workbench {
  private readonly memory: PlanBuffers;
  /** Of its own, so that what loses is not kept by the device. */
  readonly pipelines: PipelineCache;

  /** Its memory is as large as the largest plan's. */
  constructor(
    private readonly device: Device,
    private readonly plans: readonly Memory[],
  ) {
    const { gpu } = device;
    this.pipelines = new PipelineCache(gpu);
    const most = (bytesOf: (plan: Memory) => number): number => Math.max(...plans.map(bytesOf));
    this.memory = createBuffers(gpu, {
      arenaBytes: most(({ arenaBytes }) => arenaBytes),
      weightBytes: most(({ weightBytes }) => weightBytes),
      dispatches: [],
    });
    this.fill(this.memory.arena);
    this.fill(this.memory.weights);
  }

  /** Numbers in [-1, 1): zeros and denormals may take another time than others. */
  private fill(buffer: GPUBuffer): void {
    const { elements } = this.plans[0];
    const numbers = Float32Array.from({ length: BLOCK }, (_, i) => ((i * 7919) % 2048) / 1024 - 1);
    const block = elements.encode(numbers);
    const bytes = new Uint8Array(block.buffer, block.byteOffset, block.byteLength);
    for (let at = 0; at < buffer.size; at += bytes.length) {
      this.device.gpu.queue.writeBuffer(buffer, at, bytes.subarray(0, buffer.size - at));
    }
  }

  /** Creates what it takes to time stints. @throws ShaderError; DeviceError when there is no memory */
  async prepare(stints: readonly Stint[]): Promise<Bench> {
    const { gpu } = this.device;
    const dispatches = stints.flat();
    const { elements, name } = this.plans[0];
    const own = createBuffers(gpu, { arenaBytes: 0, weightBytes: 0, dispatches });
    const bind = binder(gpu, { name, dispatches }, { ...this.memory, uniforms: own.uniforms });
    const constants = { elements, weights: [], arenaConstants: [], dispatches };
    writeConstants(gpu, constants, own).next();
    const recorded = await Promise.all(
      stints.map((stint) =>
        Promise.all(stint.map(async (one) => bind(one, await createPipeline(this, one)))),
      ),
    );
    return new Bench(this.device, recorded, own);
  }

  dispose(): void {
    for (const buffer of Object.values(this.memory) as GPUBuffer[]) buffer.destroy();
  }
}

export class Bench {
  constructor(
    private readonly device: Device,
    private readonly stints: readonly (readonly Recorded[])[],
    private readonly own: PlanBuffers,
  ) {}

  /**
   * Milliseconds of each of these stints, each recorded `repeat` times in its pass.
   * @throws DeviceError when the device fails
   */
  async time(indices: readonly number[], repeat: number): Promise<number[]> {
    const { gpu } = this.device;
    gpu.pushErrorScope("validation");
    const timing = timePasses(
      gpu,
      indices.map((index) => (pass) => {
        for (let i = 0; i < repeat; i++) for (const step of this.stints[index]) record(pass, step);
      }),
    );
    const times = await timing;
    const error = await gpu.popErrorScope();
    this.device.check();
    if (error) throw new DeviceError(`WebGPU: ${error.message}`);
    return times.map((ms) => ms / repeat);
  }

  dispose(): void {
    for (const buffer of Object.values(this.own) as GPUBuffer[]) buffer.destroy();
  }
}
