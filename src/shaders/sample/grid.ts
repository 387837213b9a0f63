/** Contract of sample/grid.wgsl. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { elementsOf, flatWorkgroups } from "../spec.ts";
import type { Flat } from "../spec.ts";
import source from "./grid.wgsl?raw";

type GridSampleAttributes = OperatorAttributes["gridSample"];

export interface GridSampleSpec {
  /** [N, C, ...] with 1 to 3 more axes */
  readonly x: Flat;
  /** [N, ..., axes] */
  readonly grid: Flat;
  /** [N, C, ...] */
  readonly y: Flat;
  readonly attributes: GridSampleAttributes;
}

const WORKGROUP = 64;
const TAPS: Readonly<Record<GridSampleAttributes["mode"], number>> = {
  nearest: 1,
  linear: 2,
  cubic: 4,
};
const PADDINGS: readonly GridSampleAttributes["padding"][] = ["zeros", "border", "reflection"];

export const gridSample: Kernel<GridSampleSpec> = {
  name: "sample/grid",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "u32"],
    ["grid", "u32"],
    ["y", "u32"],
    ["channels", "u32"],
    ["depth", "i32"],
    ["height", "i32"],
    ["width", "i32"],
    ["places", "u32"],
    ["count", "u32"],
    ["grid_width", "u32"],
  ],
  overrides: ["WORKGROUP", "AXES", "TAPS", "PADDING", "ALIGN_CORNERS"],
  consts: [],
  slots: [],
  configure({ x, grid, y, attributes: { mode, padding, alignCorners } }, device) {
    const [, channels, ...sizes] = x.shape;
    const [depth, height, width] = [1, 1, ...sizes].slice(-3);
    const count = elementsOf(y);
    const { workgroups, width: gridWidth } = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: {
        WORKGROUP,
        AXES: sizes.length,
        TAPS: TAPS[mode],
        PADDING: PADDINGS.indexOf(padding),
        ALIGN_CORNERS: alignCorners ? 1 : 0,
      },
      params: {
        x: x.offset,
        grid: grid.offset,
        y: y.offset,
        channels,
        depth,
        height,
        width,
        places: elementsOf({ shape: y.shape.slice(2) }),
        count,
        grid_width: gridWidth,
      },
      workgroups,
    };
  },
};
