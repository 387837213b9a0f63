/** Which ranges of the arena hold the outputs, side by side in the buffer that the host maps. */
import type { FlatPort, Port, QuadsPort } from "../compiler/plan.ts";
import { allocate, firstRows, sizeOf } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";
import type { Elements } from "../shaders/elements.ts";
import { imageSize, quadsOf } from "../shaders/spec.ts";
import { elementOffset, unpackQuads } from "./host-layout.ts";

/** Bytes into the arena and into the readback buffer. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export interface Readback {
  readonly port: Port;
  /** The elements, and where the port has a length, that number. */
  readonly ranges: readonly Range[];
}

export function planReadback(outputs: readonly Port[], { bytes: each }: Elements): Readback[] {
  let end = 0;
  // Whole vec4s, because copies want multiples of 4 bytes.
  const range = (port: QuadsPort | FlatPort, vec4s: number): Range => {
    const to = end;
    const bytes = vec4s * 4 * each;
    end += bytes;
    return { from: elementOffset(port) * each, to, bytes };
  };
  return outputs.map((port) => {
    const { host, length } = port;
    const span = host.layout === "quads" ? quadsSpan(host) : quadsOf(sizeOf(port.shape));
    const elements = range(host, span);
    return { port, ranges: length ? [elements, range(length, 1)] : [elements] };
  });
}

/** vec4s from the first to the last quad of a tensor. */
function quadsSpan({ tensor }: QuadsPort): number {
  return (tensor.images - 1) * tensor.imageStride + imageSize(tensor);
}

const nearestInt32 = (x: number): number => Math.min(Math.max(x, -(2 ** 31)), 2 ** 31 - 1);

/** The outputs by name, from the mapped bytes; they are new where `into` has none of the name. */
export function unpackOutputs(
  readbacks: readonly Readback[],
  mapped: ArrayBuffer,
  elements: Elements,
  into: Readonly<Record<string, Tensor>> = {},
): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const { port, ranges } of readbacks) {
    const [from, length] = ranges.map(({ to, bytes }) =>
      elements.decode(mapped, to, bytes / elements.bytes),
    );
    const { name, dtype, shape } = port;
    const whole = into[name] ?? { shape, dtype, data: allocate(dtype, sizeOf(shape)) };
    const { data } = whole;
    const numbers = dtype === "int32" ? new Float32Array(data.length) : data;
    if (port.host.layout === "quads") unpackQuads(port.host, from, numbers);
    else numbers.set(from.subarray(0, numbers.length));
    // 2^31 - 1 is 2^31 in f32, which would become the least integer.
    if (numbers !== data) numbers.forEach((x, i) => (data[i] = nearestInt32(x)));
    outputs[name] = length ? firstRows(whole, length[0]) : whole;
  }
  return outputs;
}
