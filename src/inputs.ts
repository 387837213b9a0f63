/** Checks what the user passes to `run` and turns it into sources for the scheduler. */
import type { Port } from "./compiler/plan.ts";
import type { Preprocess, PreprocessName } from "./formats/preprocess.ts";
import { isImage } from "./gpu/image-source.ts";
import type { ImageSource, Pixels } from "./gpu/image-source.ts";
import type { InputSource, Prelude, Scheduler } from "./gpu/scheduler.ts";
import { BUFFER } from "./gpu/usage.ts";
import { DeviceError, GraphError, ShapeError } from "./graph/errors.ts";
import { nearestName } from "./graph/nearest.ts";
import { formatShape, sameShape, sizeOf } from "./graph/tensor.ts";
import type { Tensor, TensorArray } from "./graph/tensor.ts";
import type { ImageBinder, ImageInput } from "./image-inputs.ts";

/**
 * One input of a run: row-major numbers in the input's own shape, a GPU buffer of row-major f32,
 * or an image; for a batch as many images as it has items.
 */
export type RunInput =
  | Float32Array
  | Int32Array
  | Tensor
  | GPUBuffer
  | ImageSource
  | Pixels
  | ImageInput
  | readonly (ImageSource | Pixels | ImageInput)[];

/** Of a run whose outputs stay on the GPU. */
export interface ToGpuOptions {
  /** How images are prepared, where the input does not say so itself; `unit` by default. */
  readonly preprocess?: Preprocess | PreprocessName;
  /**
   * Ends the wait for the run at once. One that has not begun never does; one that has is computed,
   * and its result dropped.
   */
  readonly signal?: AbortSignal;
  /** Called once the run was submitted: its inputs may be changed, closed or destroyed from then on. */
  readonly onInputsRead?: () => void;
}

export interface RunOptions extends ToGpuOptions {
  /**
   * Outputs by name, such as an earlier run gave: they are filled, and returned, in the place of new
   * ones. Until the run has ended nothing else may use them.
   */
  readonly into?: Readonly<Record<string, Tensor>>;
}

export class InputBinder {
  /** Loaded with the first run that is given images. */
  private imageBinder: ImageBinder | null = null;

  constructor(private readonly scheduler: Scheduler) {}

  /**
   * @throws GraphError for missing or unknown names; ShapeError for wrong shapes; DeviceError for
   *   buffers that cannot be copied
   */
  bind(
    input: RunInput | Readonly<Record<string, RunInput>>,
    options: RunOptions,
  ): Map<string, InputSource> {
    // What is made for an image after `dispose` would never be freed.
    this.scheduler.check();
    const { inputs } = this.scheduler.plan;
    const named = this.byName(input);
    const sources = new Map<string, InputSource>();
    for (const port of inputs) {
      const value = named.get(port.name);
      if (value === undefined) {
        throw new GraphError(
          `input "${port.name}" of shape ${formatShape(port.shape)} is missing; given: ${[...named.keys()].join(", ") || "none"}`,
        );
      }
      sources.set(port.name, this.source(port, value, options));
    }
    return sources;
  }

  private byName(input: RunInput | Readonly<Record<string, RunInput>>): Map<string, RunInput> {
    const { inputs } = this.scheduler.plan;
    if (isRunInput(input)) {
      if (inputs.length !== 1) {
        const names = inputs.map(({ name }) => `"${name}"`).join(", ");
        throw new GraphError(`the model has ${inputs.length} inputs: pass them by name: ${names}`);
      }
      return new Map([[inputs[0].name, input]]);
    }
    const known = inputs.map(({ name }) => name);
    for (const name of Object.keys(input ?? {})) {
      if (!known.includes(name)) {
        throw new GraphError(
          `there is no input "${name}"; nearest "${nearestName(name, known)}", inputs: ${known.join(", ")}`,
        );
      }
    }
    return new Map(Object.entries(input ?? {}));
  }

  private source(port: Port, value: RunInput, options: ToGpuOptions): InputSource {
    if (value instanceof Float32Array || value instanceof Int32Array)
      return this.checked(port, hostSource(port, value));
    if (isBuffer(value)) return this.checked(port, bufferSource(port, value));
    if (isTensor(value)) {
      if (!sameShape(value.shape, port.shape)) {
        throw new ShapeError(
          `input "${port.name}": the tensor has shape ${formatShape(value.shape)}, expected ${formatShape(port.shape)}`,
        );
      }
      return this.checked(port, hostSource(port, value.data));
    }
    return { kind: "prelude", prelude: this.images(port, value, options.preprocess) };
  }

  private images(port: Port, value: RunInput, preprocess: ToGpuOptions["preprocess"]): Prelude {
    let bound: Prelude | null = null;
    return {
      prepare: async () => {
        this.imageBinder ??= new (await import("./image-inputs.ts")).ImageBinder(this.scheduler);
        bound = this.imageBinder.bind(port, value, preprocess);
        await bound.prepare();
      },
      record: (pass) => bound?.record(pass),
    };
  }

  private checked({ name, dtype }: Port, source: InputSource): InputSource {
    const data = source.kind === "host" ? source.data : null;
    this.scheduler.plan.elements.checkInput?.(name, dtype, data);
    return source;
  }

  dispose(): void {
    this.imageBinder?.dispose();
  }
}

function isBuffer(value: unknown): value is GPUBuffer {
  return typeof value === "object" && value !== null && "mapAsync" in value;
}

function isTensor(value: unknown): value is Tensor {
  return typeof value === "object" && value !== null && "shape" in value && "data" in value;
}

function isRunInput(value: RunInput | Readonly<Record<string, RunInput>>): value is RunInput {
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return true;
  if (isBuffer(value) || isImage(value)) return true;
  return isTensor(value) || isImage((Object(value) as ImageInput).image);
}

function hostSource(port: Port, data: TensorArray): InputSource {
  if (data.length !== sizeOf(port.shape)) {
    throw new ShapeError(
      `input "${port.name}": ${data.length} numbers given, but shape ${formatShape(port.shape)} has ${sizeOf(port.shape)}`,
    );
  }
  return { kind: "host", data };
}

function bufferSource(port: Port, buffer: GPUBuffer): InputSource {
  const bytes = sizeOf(port.shape) * 4;
  if (buffer.size < bytes) {
    throw new ShapeError(
      `input "${port.name}": the buffer has ${buffer.size} bytes, but shape ${formatShape(port.shape)} needs ${bytes}`,
    );
  }
  if (!(buffer.usage & BUFFER.COPY_SRC)) {
    throw new DeviceError(
      `input "${port.name}": the buffer cannot be copied, create it with GPUBufferUsage.COPY_SRC`,
    );
  }
  return { kind: "buffer", buffer };
}
