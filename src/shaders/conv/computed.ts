/** Contract of conv/computed.wgsl. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Flat, Quads } from "../spec.ts";
import source from "./computed.wgsl?raw";

export interface ComputedSpec {
  readonly x: Quads;
  readonly y: Quads;
  /** [O, C/groups, kh, kw], or of a transposed convolution [C, O/groups, kh, kw]. */
  readonly weight: Flat;
  readonly bias: Flat | null;
  readonly attributes: Conv2dAttributes;
  readonly isTransposed: boolean;
}

const WORKGROUP = 64;

/** Where the rows and columns of x are for those of y. */
function walks({ attributes, isTransposed }: ComputedSpec): Record<string, number> {
  const { stride, padding, dilation } = attributes;
  const walk = (axis: 0 | 1) =>
    isTransposed
      ? [1, padding[axis], -dilation[axis], stride[axis]]
      : [stride[axis], -padding[axis], dilation[axis], 1];
  const [[scale_h, start_h, step_h, divisor_h], [scale_w, start_w, step_w, divisor_w]] = [
    walk(0),
    walk(1),
  ];
  return { scale_h, scale_w, start_h, start_w, step_h, step_w, divisor_h, divisor_w };
}

/** From one weight to the next along groups, outputs and inputs. */
function weightStrides({ weight: { shape }, attributes, isTransposed }: ComputedSpec) {
  const [rows, columns, kernelHeight, kernelWidth] = shape;
  const taps = kernelHeight * kernelWidth;
  return {
    weight_group: (rows / attributes.groups) * columns * taps,
    weight_out: isTransposed ? taps : columns * taps,
    weight_in: isTransposed ? columns * taps : taps,
  };
}

export const computed: Kernel<ComputedSpec> = {
  name: "conv/computed",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_height", "i32"],
    ["x_width", "i32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_channels", "u32"],
    ["y_height", "u32"],
    ["y_width", "u32"],
    ["group_in", "u32"],
    ["group_out", "u32"],
    ["weight", "u32"],
    ["weight_group", "u32"],
    ["weight_out", "u32"],
    ["weight_in", "u32"],
    ["bias", "u32"],
    ["has_bias", "u32"],
    ["kernel_h", "i32"],
    ["kernel_w", "i32"],
    ["scale_h", "i32"],
    ["scale_w", "i32"],
    ["start_h", "i32"],
    ["start_w", "i32"],
    ["step_h", "i32"],
    ["step_w", "i32"],
    ["divisor_h", "i32"],
    ["divisor_w", "i32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: ["store_y"],
  configure(spec, device) {
    const { x, y, weight, bias, attributes } = spec;
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_height: x.height,
        x_width: x.width,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_channels: y.channels,
        y_height: y.height,
        y_width: y.width,
        group_in: x.channels / attributes.groups,
        group_out: y.channels / attributes.groups,
        weight: weight.offset,
        ...weightStrides(spec),
        bias: bias?.offset ?? 0,
        has_bias: bias ? 1 : 0,
        kernel_h: weight.shape[2],
        kernel_w: weight.shape[3],
        ...walks(spec),
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};
