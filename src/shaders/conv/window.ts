/** What the convolutions over a window share: attributes, and how they become overrides and fields. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import type { Packed, Quads } from "../spec.ts";

export interface WindowSpec {
  readonly x: Quads;
  readonly y: Quads;
  readonly weight: Packed;
  readonly bias: Packed;
  /** [h, w] of the kernel */
  readonly kernel: readonly [number, number];
  readonly attributes: Conv2dAttributes;
}

export const WINDOW_OVERRIDES = [
  "KERNEL_H",
  "KERNEL_W",
  "STRIDE_H",
  "STRIDE_W",
  "DILATION_H",
  "DILATION_W",
] as const;

/** Kernel, stride and dilation under the names by which the shaders know them. */
export function windowConstants({ kernel, attributes }: WindowSpec): Record<string, number> {
  const { stride, dilation } = attributes;
  return {
    KERNEL_H: kernel[0],
    KERNEL_W: kernel[1],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    DILATION_H: dilation[0],
    DILATION_W: dilation[1],
  };
}

/** The uniform fields that say where x, y and the constants are. */
export function windowParams({
  x,
  y,
  weight,
  bias,
  attributes,
}: WindowSpec): Record<string, number> {
  return {
    x: x.offset,
    x_image: x.imageStride,
    x_height: x.height,
    x_width: x.width,
    y: y.offset,
    y_image: y.imageStride,
    y_height: y.height,
    y_width: y.width,
    weight: weight.offset,
    bias: bias.offset,
    pad_top: attributes.padding[0],
    pad_left: attributes.padding[1],
  };
}
