/** Contract of resize/resize.wgsl. */
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { flatWorkgroups, imageSize, quadsOf } from "../spec.ts";
import type { Packed, Quads } from "../spec.ts";
import source from "./resize.wgsl?raw";

export interface ResizeSpec {
  readonly x: Quads;
  readonly y: Quads;
  /** Which rows of x each row of y reads, by `packTaps`. */
  readonly rows: Packed;
  /** Likewise for columns. */
  readonly columns: Packed;
}

const WORKGROUP = 64;

export const resize: Kernel<ResizeSpec> = {
  name: "resize/resize",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["x_image", "u32"],
    ["x_area", "u32"],
    ["x_width", "u32"],
    ["y", "u32"],
    ["y_image", "u32"],
    ["y_quads", "u32"],
    ["y_area", "u32"],
    ["y_width", "u32"],
    ["rows", "u32"],
    ["columns", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP"],
  consts: [],
  slots: ["load_x", "store_y"],
  configure({ x, y, rows, columns }, device) {
    const count = y.images * imageSize(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP },
      params: {
        x: x.offset,
        x_image: x.imageStride,
        x_area: x.height * x.width,
        x_width: x.width,
        y: y.offset,
        y_image: y.imageStride,
        y_quads: quadsOf(y.channels),
        y_area: y.height * y.width,
        y_width: y.width,
        rows: rows.offset,
        columns: columns.offset,
        count,
        grid_width: grid.width,
      },
      workgroups: grid.workgroups,
    };
  },
};

/** Input pixels of each output pixel along one axis, as `resizeTaps` gives them. */
export function packTaps(
  taps: readonly { readonly low: number; readonly high: number; readonly fraction: number }[],
): Packed {
  const data = new Float32Array(Math.max(1, taps.length) * 4);
  taps.forEach(({ low, high, fraction }, i) => {
    data.set([...twoParts(low), high - low, fraction], i * 4);
  });
  return { offset: 0, data };
}

/** A whole number as two that an f16 holds: the rest by 2048, and how many times. */
export function twoParts(whole: number): [number, number] {
  return [whole % 2048, Math.floor(whole / 2048)];
}
