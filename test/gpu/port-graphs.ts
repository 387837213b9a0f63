/** Small models whose inputs and outputs lie in different ways, and buffers to feed them from. */
import { PREPROCESS } from "../../src/formats/preprocess.ts";
import type { Preprocess } from "../../src/formats/preprocess.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Pixels } from "../../src/gpu/image-source.ts";
import { BUFFER, MAP_READ } from "../../src/gpu/usage.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import type { GpuTensor, Model } from "../../src/loaded-model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "./compare.ts";
import { buildGraph, convolution, sum } from "./small-models.ts";

export const IMAGE = [1, 3, 6, 5];

const scaled = (shape: Shape, factor: number): Tensor => {
  const { data } = syntheticInput(shape);
  return { shape, dtype: "float32", data: Float32Array.from(data, (x) => x * factor) };
};

export const feedsOf = ({ inputs }: Graph, factor = 1): Record<string, Tensor> =>
  Object.fromEntries(inputs.map(({ name, shape }, i) => [name, scaled(shape, factor + i)]));

export const PORT_GRAPHS: readonly (readonly [string, Graph])[] = [
  ["an image in quads", convolution(IMAGE)],
  ["a batch in quads", convolution([2, 5, 3, 4])],
  ["two inputs", sum([1, 5, 3, 4])],
  [
    "channels last",
    buildGraph({ x: [1, 6, 5, 3] }, (builder, x) => {
      const nchw = builder.transpose(x, [0, 3, 1, 2]);
      const pooled = builder.maxPool2d(nchw, { kernel: [2, 2], stride: [1, 1] });
      return { y: builder.transpose(pooled, [0, 2, 3, 1]) };
    }),
  ],
  [
    "rows",
    buildGraph({ x: [3, 7] }, (builder, x) => ({ y: builder.op("softmax", [x], { axis: 1 }) })),
  ],
  [
    "an input that is an output too",
    buildGraph({ x: IMAGE }, (builder, x) => ({
      same: builder.unary(x, { kind: "identity" }),
      y: builder.maxPool2d(x, { kernel: [2, 2] }),
    })),
  ],
  [
    "a part of an input",
    buildGraph({ x: IMAGE }, (builder, x) => {
      const attributes = { axes: [2], starts: [1], sizes: [4], steps: [1] };
      return { y: builder.maxPool2d(builder.op("slice", [x], attributes), { kernel: [2, 2] }) };
    }),
  ],
  [
    "one pixel in quads and several outputs",
    buildGraph({ x: [1, 7, 2, 2] }, (builder, x) => {
      const mean = builder.op("globalAveragePool", [x], {});
      return { mean, rows: builder.reshape(mean, [1, 7]), y: builder.unary(x, { kind: "abs" }) };
    }),
  ],
  [
    "two slots of a batch",
    buildGraph({ x: [2, 4, 3, 2], z: [2, 8, 3, 2] }, (builder, x, z) => {
      const a = builder.unary(x, { kind: "neg" });
      return { a, y: builder.concat([a, z]) };
    }),
  ],
];

/** Pixels of which each is another, and the numbers that a network sees of them. */
export function photo(
  height: number,
  width: number,
  seed: number,
): { pixels: Pixels; numbers: Tensor } {
  const area = height * width;
  const data = Uint8Array.from({ length: area * 4 }, (_, i) => (i * seed * 37 + seed) % 256);
  const numbers = Float32Array.from({ length: 3 * area }, (_, i) => {
    return data[(i % area) * 4 + Math.floor(i / area)];
  });
  return {
    pixels: { data, width, height },
    numbers: { shape: [1, 3, height, width], dtype: "float32", data: numbers },
  };
}

/** Numbers 0 to 255, pixel by pixel. */
export const AS_IT_IS: Preprocess = { ...PREPROCESS.raw, fit: "stretch" };

/** A GPU buffer with the numbers of a tensor. */
export function toBuffer({ gpu }: Device, { data }: Tensor): GPUBuffer {
  const usage = BUFFER.STORAGE | BUFFER.COPY_SRC | BUFFER.COPY_DST;
  const buffer = gpu.createBuffer({ size: data.byteLength, usage });
  gpu.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  return buffer;
}

/** The numbers of an output that was left on the GPU. */
export async function fromBuffer(
  { gpu }: Device,
  { buffer, shape, dtype }: GpuTensor,
): Promise<Tensor> {
  const size = sizeOf(shape) * 4;
  const readback = gpu.createBuffer({ size, usage: BUFFER.MAP_READ | BUFFER.COPY_DST });
  const encoder = gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, readback, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await readback.mapAsync(MAP_READ);
  const data = new Float32Array(readback.getMappedRange().slice(0));
  readback.destroy();
  return { shape, dtype, data };
}

export interface PortCheck {
  readonly graph: Graph;
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** As a part of the greatest magnitude. */
  readonly tolerance: number;
}

/** @throws Error when a run from or to GPU buffers differs from the reference, or from one without. */
export async function checkPorts(
  model: Model,
  device: Device,
  { graph, feeds, tolerance }: PortCheck,
): Promise<void> {
  const expected = evaluateGraph(graph, feeds);
  const buffers = Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => [name, toBuffer(device, value)]),
  );
  for (const input of [feeds, buffers]) {
    expectNear(await model.run(input), expected, tolerance);
    const outputs: Record<string, Tensor> = {};
    for (const [name, output] of Object.entries(await model.runToGpu(input))) {
      outputs[name] = await fromBuffer(device, output);
      output.destroy();
    }
    expectNear(outputs, expected, tolerance);
  }
  for (const buffer of Object.values(buffers)) buffer.destroy();
}
