/** Contract of layout/pad.wgsl. */
import type { OperatorAttributes } from "../../graph/attributes.ts";
import { COMPUTE_BINDINGS } from "../kernel.ts";
import type { Kernel } from "../kernel.ts";
import { elementsOf, flatWorkgroups } from "../spec.ts";
import type { Flat } from "../spec.ts";
import { axisFields, axisParams } from "./axes.ts";
import source from "./pad.wgsl?raw";

export type PadMode = OperatorAttributes["pad"]["mode"];

export interface PadSpec {
  readonly x: Flat;
  readonly y: Flat;
  /** Elements of y before the first of x, axis by axis. */
  readonly before: readonly number[];
  readonly mode: PadMode;
  /** used by `constant` only */
  readonly value: number;
}

const WORKGROUP = 64;
const MODES: readonly PadMode[] = ["constant", "reflect", "edge"];

export const pad: Kernel<PadSpec> = {
  name: "layout/pad",
  source,
  bindings: COMPUTE_BINDINGS,
  params: [
    ["x", "i32"],
    ["y", "u32"],
    ["value", "f32"],
    ["count", "u32"],
    ["grid_width", "u32"],
    ...axisFields("d"),
    ...axisFields("x"),
    ...axisFields("before"),
  ],
  overrides: ["WORKGROUP", "MODE"],
  consts: [],
  slots: [],
  configure({ x, y, before, mode, value }, device) {
    const { name } = pad;
    const count = elementsOf(y);
    const grid = flatWorkgroups(count, WORKGROUP, device);
    return {
      overrides: { WORKGROUP, MODE: MODES.indexOf(mode) },
      params: {
        x: x.offset,
        y: y.offset,
        value,
        count,
        grid_width: grid.width,
        ...axisParams(name, "d", y.shape, 1),
        ...axisParams(name, "x", x.shape, 1),
        ...axisParams(name, "before", before, 0),
      },
      workgroups: grid.workgroups,
    };
  },
};
