/** Contract of resize/filter.wgsl. */
import type { Kernel } from "../kernel.ts";
import type { Packed } from "../spec.ts";
import source from "./filter.wgsl?raw";
import { resize, twoParts } from "./resize.ts";
import type { ResizeSpec } from "./resize.ts";

/** As of a resize; the rows and columns are packed by `packFilter`. */
export interface ResizeFilterSpec extends ResizeSpec {
  /** What y is where a row or a column has no taps. */
  readonly value: number;
}

export const resizeFilter: Kernel<ResizeFilterSpec> = {
  ...resize,
  name: "resize/filter",
  source,
  params: [...resize.params.slice(0, -2), ["value", "f32"], ...resize.params.slice(-2)],
  configure(spec, device) {
    const { params, ...rest } = resize.configure(spec, device);
    return { ...rest, params: { ...params, value: spec.value } };
  },
};

/** The taps of each output pixel along one axis, as `filterTaps` gives them. */
export function packFilter(
  lists: readonly (readonly { readonly pixel: number; readonly weight: number }[])[],
): Packed {
  const total = lists.reduce((sum, { length }) => sum + length, lists.length);
  const data = new Float32Array(total * 4);
  let next = lists.length;
  lists.forEach((taps, i) => {
    data.set([...twoParts(next), ...twoParts(taps.length)], i * 4);
    for (const { pixel, weight } of taps) data.set([...twoParts(pixel), weight], next++ * 4);
  });
  return { offset: 0, data };
}
