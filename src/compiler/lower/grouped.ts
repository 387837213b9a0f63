/** Lowers grouped convolutions whose groups are not whole quads. */
import { isOp } from "../../graph/rewrite.ts";
import { grouped, packGrouped } from "../../shaders/conv/grouped.ts";
import type { Group } from "../fusions/fusion.ts";
import { chooseFirst } from "./choose.ts";
import { constantOf, emitConvolution } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerGroupedConv2d(lowering: Lowering, group: Group, choose = chooseFirst): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const variant = choose(lowering, group, { kernel: "grouped", workgroup: 64 });
  if (variant?.kernel !== "grouped") return;
  const { workgroup } = variant;
  const { attributes } = node;
  const [, , height, width] = constantOf(node, 1).shape;
  const kernel = [height, width] as const;
  emitConvolution(lowering, group, {
    kernel: grouped,
    packing: "grouped",
    pack: packGrouped,
    spec: (tensors) => ({ ...tensors, kernel, attributes, workgroup }),
    whole: true,
  });
}
