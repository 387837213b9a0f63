/** Lowers grouped convolutions whose groups are not whole quads. */
import { isOp } from "../../graph/rewrite.ts";
import { grouped, packGrouped } from "../../shaders/conv/grouped.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { bytesOf, emitComputation } from "./computation.ts";
import { constantOf, packBiasOf } from "./convolution.ts";
import type { Lowering } from "./lowering.ts";

export function lowerGroupedConv2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "conv2d")) return;
  const input = loadedValue(group);
  const given = constantOf(node, 1);
  const weight = lowering.pack(given, "grouped", () => packGrouped(given));
  const bias = packBiasOf(lowering, node, group.output.shape[1]);
  const { attributes } = node;
  const kernel = [given.shape[2], given.shape[3]] as const;
  emitComputation(lowering, {
    group,
    kernel: grouped,
    inputs: [{ value: input, place: lowering.quads(input) }],
    spec: ([x], y) => ({ x, y, weight, bias, kernel, attributes }),
    weightBytes: bytesOf(weight, bias),
  });
}
