/** The greatest magnitude of each value that a run stores, found on the GPU while it runs. */
import type { Dispatch, FlatPort, Plan, QuadsPort } from "../compiler/plan.ts";
import { magnitude } from "../shaders/f16/magnitude.ts";
import type { MagnitudeSpec } from "../shaders/f16/magnitude.ts";
import { packParams } from "../shaders/kernel.ts";
import type { Workgroups } from "../shaders/kernel.ts";
import { link } from "../shaders/link.ts";
import { elementsOf } from "../shaders/spec.ts";
import type { Device } from "./device.ts";
import { elementOffset } from "./host-layout.ts";
import type { Pipeline } from "./pipelines.ts";
import type { InputSource, Scheduler, Watch } from "./scheduler.ts";
import { BUFFER, MAP_READ } from "./usage.ts";

/** What was found of one value; of the weights all together. */
export interface Magnitude {
  readonly value: string;
  readonly kind: "weights" | "input" | "value";
  /** 0 where the run did not store it; NaN where it holds NaN. */
  readonly greatest: number;
}

type Found = Omit<Magnitude, "greatest">;
type Place = Omit<MagnitudeSpec, "slot" | "half">;

/** A recorded dispatch of the kernel. */
interface Look {
  readonly group: GPUBindGroup;
  readonly offset: number;
  readonly workgroups: Workgroups;
}

/** Uniform structs lie as far apart as any device asks for. */
const ALIGNMENT = 256;

export class Magnitudes {
  /** What each word of the results is about. */
  private readonly slots: Found[] = [];
  private readonly specs: { readonly buffer: GPUBuffer; readonly spec: MagnitudeSpec }[] = [];
  /** Indices of looks: behind a dispatch, or for a kind of an input. */
  private readonly places = new Map<Dispatch | string, number[]>();
  private looks: readonly Look[] = [];
  private results!: GPUBuffer;
  private uniforms!: GPUBuffer;

  private constructor(
    private readonly scheduler: Scheduler,
    private readonly pipeline: Pipeline,
  ) {
    this.addConstants(scheduler);
    this.addValues(scheduler.plan);
    this.prepare(scheduler.device);
  }

  /** @throws ShaderError */
  static async create(scheduler: Scheduler): Promise<Magnitudes> {
    const { device, plan } = scheduler;
    return new Magnitudes(scheduler, await pipelineOf(device, isHalf(plan)));
  }

  /** For a run that has the results to itself: forgets what was found before. */
  watch(): Watch {
    const { queue } = this.scheduler.device.gpu;
    queue.writeBuffer(this.results, 0, new Uint32Array(this.slots.length));
    return (pass, dispatch, inputs) => {
      const given = [...inputs].map(([name, { kind }]) => inputKey(name, kind));
      const keys = dispatch ? [dispatch] : ["constants", ...given];
      pass.setPipeline(this.pipeline.pipeline);
      for (const index of keys.flatMap((key) => this.places.get(key) ?? [])) {
        const { group, offset, workgroups } = this.looks[index];
        pass.setBindGroup(0, group, [offset]);
        pass.dispatchWorkgroups(...workgroups);
      }
    };
  }

  /** What the run found that was watched last, in the order in which it stored. @throws DeviceError */
  async read(): Promise<readonly Magnitude[]> {
    const { device, plan } = this.scheduler;
    const { gpu } = device;
    const size = this.results.size;
    const readback = gpu.createBuffer({ size, usage: BUFFER.MAP_READ | BUFFER.COPY_DST });
    try {
      const encoder = gpu.createCommandEncoder();
      encoder.copyBufferToBuffer(this.results, 0, readback, 0, size);
      gpu.queue.submit([encoder.finish()]);
      await readback.mapAsync(MAP_READ);
      device.check();
      const words = new Uint32Array(readback.getMappedRange());
      const bits = isHalf(plan) ? Uint16Array.from(words) : Uint32Array.from(words);
      const numbers = plan.elements.decode(bits.buffer, 0, words.length);
      return this.slots.map((slot, i) => ({ ...slot, greatest: numbers[i] }));
    } finally {
      readback.destroy();
    }
  }

  destroy(): void {
    this.results.destroy();
    this.uniforms.destroy();
  }

  private addConstants({ plan, weights }: Scheduler): void {
    const { weightBytes, elements, arenaConstants } = plan;
    const found = { value: "weights", kind: "weights" } as const;
    this.add("constants", found, [stretch(0, weightBytes / elements.bytes)], weights);
    for (const { tensor } of arenaConstants) {
      this.add("constants", found, placesOf({ layout: "flat", tensor }));
    }
  }

  private addValues({ inputs, dispatches, elements: { bytes: size } }: Plan): void {
    for (const { name, host, device, image } of inputs) {
      const found = { value: name, kind: "input" } as const;
      this.add(inputKey(name, "host"), found, placesOf(host));
      this.add(inputKey(name, "buffer"), found, placesOf(device));
      if (image) this.add(inputKey(name, "prelude"), found, placesOf(image));
    }
    for (const dispatch of dispatches) {
      // What is copied to a buffer of the page was looked at before.
      if (dispatch.when === "export") continue;
      for (const { value, layout, lanes, offset, bytes } of dispatch.writes) {
        const places = layout ? placesOf(layout, lanes) : [stretch(offset / size, bytes / size)];
        this.add(dispatch, { value, kind: "value" }, places);
      }
    }
  }

  private add(
    key: Dispatch | string,
    found: Found,
    places: readonly Place[],
    buffer = this.scheduler.arena,
  ): void {
    const slot = this.slots.push(found) - 1;
    const half = isHalf(this.scheduler.plan);
    const indices = places
      .filter(({ run, runs }) => run * runs > 0)
      .map((place) => this.specs.push({ buffer, spec: { ...place, slot, half } }) - 1);
    this.places.set(key, [...(this.places.get(key) ?? []), ...indices]);
  }

  private prepare({ gpu, traits }: Device): void {
    const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = BUFFER;
    const make = (size: number, usage: number): GPUBuffer =>
      gpu.createBuffer({ label: "lightfuse magnitudes", size: Math.max(16, size), usage });
    this.results = make(this.slots.length * 4, STORAGE | COPY_SRC | COPY_DST);
    this.uniforms = make(this.specs.length * ALIGNMENT, UNIFORM | COPY_DST);
    const groups = new Map<GPUBuffer, GPUBindGroup>();
    const groupOf = (buffer: GPUBuffer, bytes: number): GPUBindGroup => {
      const made = groups.get(buffer);
      if (made) return made;
      const resources = [
        { buffer: this.uniforms, size: bytes },
        { buffer: this.results },
        { buffer },
      ];
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      const group = gpu.createBindGroup({ layout: this.pipeline.layouts[0], entries });
      groups.set(buffer, group);
      return group;
    };
    const structs = new Uint8Array(this.uniforms.size);
    this.looks = this.specs.map(({ buffer, spec }, i) => {
      const { params, workgroups } = magnitude.configure(spec, traits);
      const struct = packParams(magnitude.params, params);
      structs.set(new Uint8Array(struct), i * ALIGNMENT);
      return { group: groupOf(buffer, struct.byteLength), offset: i * ALIGNMENT, workgroups };
    });
    gpu.queue.writeBuffer(this.uniforms, 0, structs);
  }
}

function inputKey(name: string, kind: InputSource["kind"]): string {
  return `${kind} ${name}`;
}

function stretch(start: number, count: number): Place {
  return { start, run: count, runs: 1, stride: count, lanes: 15 };
}

/** All elements of a tensor, without lanes in which no channel lies. */
function placesOf(layout: QuadsPort | FlatPort, lanes?: readonly number[]): Place[] {
  const start = elementOffset(layout);
  if (layout.layout === "flat") return [stretch(start, elementsOf(layout.tensor))];
  const { images, channels, height, width, imageStride } = layout.tensor;
  const places: Place[] = [];
  for (let quad = 0; quad * 4 < channels; quad++) {
    let used = 0;
    for (let lane = 0; lane < 4; lane++) {
      const channel = quad * 4 + lane;
      if (channel < channels && (lanes?.[channel] ?? 0) >= 0) used |= 1 << lane;
    }
    const last = places.at(-1);
    const run = height * width * 4;
    if (last?.lanes === used) places[places.length - 1] = { ...last, run: last.run + run };
    else {
      const own = { start: start + quad * run, run, lanes: used };
      places.push({ ...own, runs: images, stride: imageStride * 4 });
    }
  }
  return places.filter(({ lanes: used }) => used !== 0);
}

function isHalf({ elements }: Plan): boolean {
  return elements.bytes === 2;
}

function pipelineOf({ pipelines, traits }: Device, half: boolean): Promise<Pipeline> {
  const { name, bindings, params } = magnitude;
  const spec = { ...stretch(0, 1), slot: 0, half };
  const { overrides, consts } = magnitude.configure(spec, traits);
  return pipelines.get({
    label: name,
    code: link(magnitude, { consts }).code,
    overrides: overrides!,
    bindings,
    paramBytes: packParams(params, {}).byteLength,
    stageBytes: [],
  });
}
