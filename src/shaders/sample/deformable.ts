/** Contract of sample/deformable.wgsl. */
import type { DeformSample2dAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Quads } from "../spec.ts";
import source from "./deformable.wgsl?raw";

export interface DeformableSpec {
  readonly x: Quads;
  readonly offset: Quads;
  readonly mask: Quads | null;
  readonly y: Quads;
  readonly attributes: DeformSample2dAttributes;
}

const WORKGROUP = 64;

export const deformable: Kernel<DeformableSpec> = {
  name: "sample/deformable",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_height", "u32"],
    ["x_width", "u32"],
    ["offset", "u32"],
    ["offset_image", "u32"],
    ["mask", "u32"],
    ["mask_image", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_channels", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["group_channels", "u32"],
    ["pad_top", "i32"],
    ["pad_left", "i32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: [
    "WORKGROUP",
    "KERNEL_H",
    "KERNEL_W",
    "STRIDE_H",
    "STRIDE_W",
    "DILATION_H",
    "DILATION_W",
    "MASKED",
  ],
  consts: [],
  slots: ["store_y"],
  configure({ x, offset, mask, y, attributes }, device) {
    const { kernel, stride, padding, dilation, offsetGroups } = attributes;
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: {
        WORKGROUP,
        KERNEL_H: kernel[0],
        KERNEL_W: kernel[1],
        STRIDE_H: stride[0],
        STRIDE_W: stride[1],
        DILATION_H: dilation[0],
        DILATION_W: dilation[1],
        MASKED: mask ? 1 : 0,
      },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_height: x.height,
        x_width: x.width,
        offset: offset.offset,
        offset_image: offset.imageStride,
        mask: mask?.offset ?? 0,
        mask_image: mask?.imageStride ?? 0,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_channels: y.channels,
        y_height: y.height,
        y_width: y.width,
        group_channels: x.channels / offsetGroups,
        pad_top: padding[0],
        pad_left: padding[1],
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
