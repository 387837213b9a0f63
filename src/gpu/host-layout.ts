/** Packs tensors of the host into channel quads for an upload, and unpacks them after a readback. */
import type { FlatPort, QuadsPort } from "../compiler/plan.ts";

type Numbers = Float32Array | Int32Array | Uint8Array;

/** Calls `visit` for each element: its index in quads, from the first one, and in the host's tensor. */
function walk(port: QuadsPort, visit: (quadsIndex: number, hostIndex: number) => void): void {
  const { images, channels, height, width, imageStride } = port.tensor;
  const [batchStride, channelStride, rowStride, columnStride] = port.strides;
  const area = height * width;
  for (let n = 0; n < images; n++) {
    for (let c = 0; c < channels; c++) {
      let to = (n * imageStride + (c >> 2) * area) * 4 + (c & 3);
      for (let h = 0; h < height; h++) {
        let from = port.start + n * batchStride + c * channelStride + h * rowStride;
        for (let w = 0; w < width; w++) {
          visit(to, from);
          to += 4;
          from += columnStride;
        }
      }
    }
  }
}

/** Row-major (or strided) `data` into `quads`; lanes beyond the last channel are left as they are. */
export function packQuads(port: QuadsPort, data: Numbers, quads: Float32Array): void {
  walk(port, (quadsIndex, hostIndex) => {
    quads[quadsIndex] = data[hostIndex];
  });
}

/** The inverse of `packQuads`. */
export function unpackQuads(port: QuadsPort, quads: Float32Array, data: Numbers): void {
  walk(port, (quadsIndex, hostIndex) => {
    data[hostIndex] = quads[quadsIndex];
  });
}

/** Elements from the start of the arena to a tensor. */
export function elementOffset({ layout, tensor }: QuadsPort | FlatPort): number {
  return tensor.offset * (layout === "quads" ? 4 : 1);
}
