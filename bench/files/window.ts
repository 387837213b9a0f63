/** The window of a convolution or pooling in TensorFlow's terms. */
import type { Node } from "../../src/index.ts";

export interface Window {
  /** [h, w] */
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** [top, left, bottom, right] */
  readonly padding: readonly [number, number, number, number];
  /** TensorFlow's name for the padding; "EXPLICIT" where it has none. */
  readonly scheme: "SAME" | "VALID" | "EXPLICIT";
}

/** The window of a node over [N, C, H, W]. @param ceilMode the last window may pass the padding */
export function windowOf(
  node: Node,
  given: Omit<Window, "scheme"> & { readonly ceilMode?: boolean },
): Window {
  const { kernel, stride, dilation, ceilMode = false } = given;
  const padding = [...given.padding] as [number, number, number, number];
  const from = node.inputs[0]!.shape.slice(2);
  const to = node.outputs[0].shape.slice(2);
  const same = [0, 1].map((axis) => {
    const reach = (kernel[axis] - 1) * dilation[axis] + 1;
    const total = Math.max((to[axis] - 1) * stride[axis] + reach - from[axis], 0);
    if (ceilMode) padding[axis + 2] = Math.max(total - padding[axis], 0);
    const before = Math.floor(total / 2);
    const fits = to[axis] === Math.ceil(from[axis] / stride[axis]);
    return fits && padding[axis] === before && padding[axis + 2] === total - before;
  });
  const valid = padding.every((pixels) => pixels === 0);
  const scheme = valid ? "VALID" : same.every(Boolean) ? "SAME" : "EXPLICIT";
  return { kernel, stride, dilation, padding, scheme };
}
