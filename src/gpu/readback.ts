/** Which ranges of the arena hold the outputs, side by side in the buffer that the host maps. */
import type { Port, QuadsPort } from "../compiler/plan.ts";
import { allocate, sizeOf } from "../graph/tensor.ts";
import type { Tensor } from "../graph/tensor.ts";
import { imageSize } from "../shaders/spec.ts";
import { byteOffset, unpackQuads } from "./host-layout.ts";

export interface Readback {
  readonly port: Port;
  /** Bytes into the arena and into the readback buffer. */
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
}

export function planReadback(outputs: readonly Port[]): Readback[] {
  let to = 0;
  return outputs.map((port) => {
    const { host } = port;
    const bytes = host.layout === "quads" ? quadsSpan(host) * 16 : sizeOf(port.shape) * 4;
    const readback = { port, from: byteOffset(host), to, bytes };
    to += Math.ceil(bytes / 16) * 16;
    return readback;
  });
}

/** vec4s from the first to the last quad of a tensor. */
function quadsSpan({ tensor }: QuadsPort): number {
  return (tensor.images - 1) * tensor.imageStride + imageSize(tensor);
}

/** The outputs by name, from the mapped bytes. */
export function unpackOutputs(
  readbacks: readonly Readback[],
  mapped: ArrayBuffer,
): Record<string, Tensor> {
  const outputs: Record<string, Tensor> = {};
  for (const { port, to, bytes } of readbacks) {
    const from = new Float32Array(mapped, to, bytes / 4);
    const data = allocate(port.dtype, sizeOf(port.shape));
    if (port.host.layout === "quads") unpackQuads(port.host, from, data);
    else data.set(from.subarray(0, data.length));
    outputs[port.name] = { shape: port.shape, dtype: port.dtype, data };
  }
  return outputs;
}
