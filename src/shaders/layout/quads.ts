/** What the conversions between quads and flat tensors share. */
import type { Configuration, DeviceTraits } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Flat, Quads } from "../spec.ts";

/** f32s of the flat tensor from one image, channel, row or column to the next. */
export interface FlatStrides {
  readonly image: number;
  readonly channel: number;
  readonly row: number;
  readonly column: number;
}

const WORKGROUP = 64;

/** `sides`: the names of the quads and of the flat tensor in the shader. */
export function configureConversion(
  sides: readonly [quads: "x" | "y", flat: "x" | "y"],
  quads: Quads,
  flat: Flat,
  strides: FlatStrides,
  device: DeviceTraits,
): Configuration {
  const [q, f] = sides;
  const count = quads.images * imageSize(quads);
  const grid = flatWorkgroups(count, WORKGROUP, device);
  return {
    overrides: { WORKGROUP },
    params: {
      [q]: quads.offset,
      [`${q}_image`]: quads.imageStride,
      channels: quads.channels,
      quads: quadsOf(quads.channels),
      area: quads.height * quads.width,
      width: quads.width,
      [f]: flat.offset,
      [`${f}_image`]: strides.image,
      [`${f}_channel`]: strides.channel,
      [`${f}_row`]: strides.row,
      [`${f}_column`]: strides.column,
      count,
      grid_width: grid.width,
    },
    workgroups: grid.workgroups,
  };
}
