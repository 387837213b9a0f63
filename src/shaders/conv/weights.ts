/** Brings convolution weights into the orders in which the kernels read them. */
import type { DeviceTraits } from "../kernel.ts";
import type { Tensor } from "../../graph/tensor.ts";
import { packedLater, quadsOf } from "../spec.ts";
import type { Packed } from "../spec.ts";

/**
 * The files by which a kernel reads its 4 x 4 blocks: once a subgroup where the device can, unless
 * the tile is `plain`.
 */
export function blockImports(
  device: DeviceTraits,
  { plain = false }: { readonly plain?: boolean } = {},
): Record<string, string> {
  if (!device.subgroups || plain) return {};
  return {
    "shared/invocation": "shared/invocation-subgroup",
    "shared/weight-block": "shared/weight-block-subgroup",
  };
}

/**
 * Weights [O, I/groups, kh, kw] as 4 x 4 blocks: [O quad][tap][I quad of the group][input lane][output lane].
 * Lanes beyond the last channel are zero. Groups must begin on quads. Of the first `centre` output quads
 * only the centre tap is packed.
 */
export function packBlocks(weight: Tensor, centre = 0): Packed {
  const [outs, ins, kernelHeight = 1, kernelWidth = 1] = weight.shape;
  const taps = kernelHeight * kernelWidth;
  const block = quadsOf(ins) * 16;
  const length = (centre + (quadsOf(outs) - centre) * taps) * block;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let o = 0; o < outs; o++) {
      const quad = o >> 2;
      const isCentre = quad < centre;
      const outBase = (isCentre ? quad : centre + (quad - centre) * taps) * block + (o & 3);
      const [first, count] = isCentre ? [taps >> 1, 1] : [0, taps];
      for (let tap = 0; tap < count; tap++) {
        let from = o * ins * taps + first + tap;
        let to = outBase + tap * block;
        for (let i = 0; i < ins; i++, from += taps, to += 4) data[to] = given[from];
      }
    }
    return data;
  });
}

/** Depthwise weights [C, 1, kh, kw] as [C quad][tap] of vec4. */
export function packDepthwise(weight: Tensor): Packed {
  const [channels, , kernelHeight, kernelWidth] = weight.shape;
  const taps = kernelHeight * kernelWidth;
  const length = quadsOf(channels) * taps * 4;
  return packedLater(length, () => {
    const given = weight.data;
    const data = new Float32Array(length);
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < taps; tap++) {
        data[((c >> 2) * taps + tap) * 4 + (c & 3)] = given[c * taps + tap];
      }
    }
    return data;
  });
}

/** A bias of one number a channel, zeros if there is none. */
export function packBias(bias: Tensor | null, channels: number): Packed {
  return packedLater(channels, () => {
    return bias ? (bias.data as Float32Array) : new Float32Array(channels);
  });
}
