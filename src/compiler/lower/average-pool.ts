/** Lowers average pooling over windows. */
import { isOp } from "../../graph/rewrite.ts";
import { averagePool } from "../../shaders/pool/average.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { emitComputation, placeToRead } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

export function lowerAveragePool(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "averagePool2d")) return;
  const input = loadedValue(group);
  const { attributes } = node;
  emitComputation(lowering, {
    group,
    kernel: averagePool,
    inputs: [{ value: input, place: placeToRead(lowering, group) }],
    spec: ([x], y) => ({ x, y, attributes }),
  });
}
