/** What the pools share: how their attributes become overrides and fields. */
import type { Padding, Pair } from "../../graph/attributes.ts";
import type { Configuration, DeviceTraits, ParamFields } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";

export interface PoolSpec<Attributes> {
  readonly x: Quads;
  readonly y: Quads;
  readonly attributes: Attributes;
}

export const POOL_PARAMS: ParamFields = [
  ["x", "u32"],
  ["x_image", "u32"],
  ["x_height", "u32"],
  ["x_width", "u32"],
  ["y", "u32"],
  ["y_image", "u32"],
  ["y_quads", "u32"],
  ["y_height", "u32"],
  ["y_width", "u32"],
  ["pad_top", "i32"],
  ["pad_left", "i32"],
];

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Padding;
}

const WORKGROUP = 64;

export const POOL_OVERRIDES = ["WORKGROUP", "KERNEL_H", "KERNEL_W", "STRIDE_H", "STRIDE_W"];

/** Fields beyond those of the kernel (`pad_bottom`, `pad_right`) do no harm. */
export function configurePool(
  { x, y, attributes: { kernel, stride, padding } }: PoolSpec<Window>,
  device: DeviceTraits,
): Configuration {
  const count = y.images * imageSize(y);
  const grid = flatWorkgroups(count, WORKGROUP, device);
  return {
    overrides: {
      WORKGROUP,
      KERNEL_H: kernel[0],
      KERNEL_W: kernel[1],
      STRIDE_H: stride[0],
      STRIDE_W: stride[1],
    },
    params: {
      x: x.offset,
      x_image: x.imageStride,
      x_height: x.height,
      x_width: x.width,
      y: y.offset,
      y_image: y.imageStride,
      y_quads: quadsOf(y.channels),
      y_height: y.height,
      y_width: y.width,
      pad_top: padding[0],
      pad_left: padding[1],
      pad_bottom: padding[2],
      pad_right: padding[3],
      count,
      grid_width: grid.width,
    },
    workgroups: grid.workgroups,
  };
}
