/** DeformConv and GridSample. */
import { deformConv2d } from "../../graph/deform-conv.ts";
import type { Converter } from "./node.ts";
import { checkImage, readWindow } from "./window.ts";

const deformConv: Converter = (node) => {
  checkImage(node);
  const weight = node.input(1);
  if (weight.shape.length !== 4) node.fail(`weight has rank ${weight.shape.length}, expected 4`);
  const { stride, padding, dilation } = readWindow(node, [weight.shape[2], weight.shape[3]]);
  const inputs = {
    x: node.input(0),
    weight,
    offset: node.input(2),
    bias: node.optional(3),
    mask: node.optional(4),
  };
  const groups = node.int("group", 1);
  const offsetGroups = node.int("offset_group", 1);
  return deformConv2d(node, inputs, { stride, padding, dilation, groups, offsetGroups });
};

/** The names before and since operator set 20. */
const MODES = {
  nearest: "nearest",
  bilinear: "linear",
  linear: "linear",
  bicubic: "cubic",
  cubic: "cubic",
} as const;
const MODE_NAMES = Object.keys(MODES) as (keyof typeof MODES)[];

const gridSample: Converter = (node) => {
  const mode = MODES[node.choice("mode", MODE_NAMES, "linear")];
  const paddings = ["zeros", "border", "reflection"] as const;
  const padding = node.choice("padding_mode", paddings, "zeros");
  const alignCorners = node.int("align_corners", 0) === 1;
  const inputs = [node.input(0), node.input(1)];
  return node.op("gridSample", inputs, { mode, padding, alignCorners });
};

export const sampling: Record<string, Converter> = {
  DeformConv: deformConv,
  GridSample: gridSample,
};
