/** Compares what every dispatch writes on the GPU with the float64 reference. */
import type { ArenaRange, Dispatch } from "./compiler/plan.ts";
import type { Device } from "./gpu/device.ts";
import { elementOffset, unpackQuads } from "./gpu/host-layout.ts";
import { Scheduler } from "./gpu/scheduler.ts";
import { BUFFER, MAP_READ } from "./gpu/usage.ts";
import type { Graph } from "./graph/graph.ts";
import { quadsOf } from "./shaders/spec.ts";
import { sizeOf } from "./graph/tensor.ts";
import type { Shape, Tensor } from "./graph/tensor.ts";
import { planGraph } from "./plan-graph.ts";
import type { PlanOptions } from "./plan-graph.ts";
import { evaluateGraph } from "./reference/evaluate.ts";

export interface VerifiedRow {
  /** The value that is compared; named after the node that computes it. */
  readonly value: string;
  readonly kernel: string;
  readonly nodes: readonly string[];
  readonly shape: Shape;
  readonly maxError: number;
  /** Greatest magnitude of the reference. */
  readonly maxAbs: number;
  readonly ok: boolean;
}

export interface Verification {
  readonly rows: readonly VerifiedRow[];
  readonly firstBad: VerifiedRow | null;
}

export interface VerifyOptions extends PlanOptions {
  /** Greatest error that passes, as a part of the greatest magnitude; 1e-3 by default, 2e-2 in f16. */
  readonly tolerance?: number;
}

/** Runs the plan dispatch by dispatch, each on what the GPU computed before. */
export async function verify(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
  device: Device,
  options: VerifyOptions = {},
): Promise<Verification> {
  const expected = new Map<string, Tensor>();
  evaluateGraph(graph, inputs, (node, outputs) => {
    outputs.forEach((tensor, i) => expected.set(node.outputs[i].name, tensor));
  });
  const { plan, bufferCopies } = await planGraph(graph, device, options);
  const scheduler = await Scheduler.create(device, plan, { bufferCopies });
  try {
    const sources = new Map(
      Object.entries(inputs).map(([name, { data }]) => [name, { kind: "host", data } as const]),
    );
    const { tolerance = options.precision === "f16" ? 2e-2 : 1e-3 } = options;
    const rows: VerifiedRow[] = [];
    await scheduler.enqueue(async () => {
      scheduler.writeInputs(sources);
      const steps: { dispatch: Dispatch; record: (pass: GPUComputePassEncoder) => void }[] = [];
      scheduler.recordEach((dispatch, record) => steps.push({ dispatch, record }));
      for (const { dispatch, record } of steps) {
        for (const [i, write] of dispatch.writes.entries()) {
          const found = await runAndRead(scheduler, dispatch, i, i === 0 ? record : null);
          if (!found) continue;
          for (const { name, lanes } of valuesOf(write)) {
            const reference = expected.get(name);
            if (!reference) continue;
            const actual = lanes ? inChannels(found, lanes, reference.shape) : found;
            rows.push(compare(dispatch, name, actual, reference, tolerance));
          }
        }
      }
    });
    return { rows, firstBad: rows.find(({ ok }) => !ok) ?? null };
  } finally {
    scheduler.dispose();
  }
}

/** The values of the graph that a dispatch wrote, each with its channel in each lane where they were moved. */
function valuesOf({ value, lanes, parts, layout }: ArenaRange): {
  readonly name: string;
  readonly lanes?: readonly number[];
}[] {
  if (!parts || layout?.layout !== "quads") return [{ name: value, lanes }];
  const all = lanes ?? Array.from({ length: layout.tensor.channels }, (_, c) => c);
  return parts.map(({ name, start, channels }) => ({
    name,
    lanes: all.map((c) => (c >= start && c < start + channels ? c - start : -1)),
  }));
}

/** Records a dispatch, if it is given, and reads what it wrote; null when it lies in no known layout. */
async function runAndRead(
  { device, arena, plan: { elements } }: Scheduler,
  { writes }: Dispatch,
  index: number,
  record: ((pass: GPUComputePassEncoder) => void) | null,
): Promise<Float32Array | null> {
  const { layout } = writes[index];
  const { gpu } = device;
  const encoder = gpu.createCommandEncoder();
  if (record) {
    const pass = encoder.beginComputePass();
    record(pass);
    pass.end();
  }
  if (!layout) {
    gpu.queue.submit([encoder.finish()]);
    return null;
  }
  const offset = elementOffset(layout) * elements.bytes;
  const vec4s =
    layout.layout === "quads"
      ? layout.tensor.images * layout.tensor.imageStride
      : quadsOf(sizeOf(layout.tensor.shape));
  const size = Math.min(vec4s * 4 * elements.bytes, arena.size - offset);
  const readback = gpu.createBuffer({ size, usage: BUFFER.COPY_DST | BUFFER.MAP_READ });
  encoder.copyBufferToBuffer(arena, offset, readback, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await readback.mapAsync(MAP_READ);
  const from = elements.decode(readback.getMappedRange(), 0, size / elements.bytes);
  let data: Float32Array;
  if (layout.layout === "quads") {
    const { images, channels, height, width } = layout.tensor;
    data = new Float32Array(images * channels * height * width);
    unpackQuads(layout, from, data);
  } else {
    data = from.slice(0, sizeOf(layout.tensor.shape));
  }
  readback.destroy();
  device.check();
  return data;
}

/** The channels [N, C, ...] of a value whose lanes hold them in another order. */
function inChannels(data: Float32Array, lanes: readonly number[], shape: Shape): Float32Array {
  const [images, channels] = shape;
  const area = sizeOf(shape) / images / channels;
  const result = new Float32Array(sizeOf(shape));
  for (let n = 0; n < images; n++) {
    lanes.forEach((channel, lane) => {
      if (channel < 0) return;
      const from = (n * lanes.length + lane) * area;
      result.set(data.subarray(from, from + area), (n * channels + channel) * area);
    });
  }
  return result;
}

function compare(
  { kernel, nodes }: Dispatch,
  value: string,
  actual: Float32Array,
  { shape, data }: Tensor,
  tolerance: number,
): VerifiedRow {
  let maxError = 0;
  let maxAbs = 0;
  for (let i = 0; i < data.length; i++) {
    const error = Math.abs(actual[i] - data[i]);
    // NaN would hide in a comparison: it is the greatest error.
    maxError = Math.max(maxError, Number.isNaN(error) ? Infinity : error);
    maxAbs = Math.max(maxAbs, Math.abs(data[i]));
  }
  return {
    value,
    kernel,
    nodes,
    shape,
    maxError,
    maxAbs,
    ok: maxError <= tolerance * Math.max(maxAbs, 1e-6),
  };
}
