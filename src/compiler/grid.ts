/** Folds grids that are too long for a device. */
import type { Configuration } from "../shaders/kernel.ts";
import { divideUp } from "../shaders/spec.ts";

export type FoldedGrid = Required<Pick<Configuration, "overrides" | "imports" | "workgroups">>;

/**
 * A flat grid for `shared/grid-folded.wgsl` in the place of one with a side of more than `most`
 * workgroups; null where none is.
 */
export function foldGrid([x, y, z]: Configuration["workgroups"], most: number): FoldedGrid | null {
  if (Math.max(x, y, z) <= most) return null;
  const count = x * y * z;
  const width = Math.ceil(Math.sqrt(count));
  return {
    workgroups: [width, divideUp(count, width), 1],
    overrides: { GRID_WIDTH: width, GRID_X: x, GRID_Y: y, GRID_Z: z },
    imports: { "shared/grid": "shared/grid-folded" },
  };
}
