/** Lowers matrix products of two computed tensors. */
import type { Value } from "../../graph/graph.ts";
import { matmul } from "../../shaders/linear/matmul.ts";
import type { Group } from "../fusion.ts";
import type { Lowering } from "./lowering.ts";
import { emitRows } from "./rows.ts";

export function lowerMatmul(lowering: Lowering, group: Group): void {
  const [a, b] = group.core.inputs as Value[];
  emitRows(lowering, group, matmul, [a, b], group.core.outputs[0], ([left, right], y) => ({
    a: left,
    b: right,
    y,
  }));
}
