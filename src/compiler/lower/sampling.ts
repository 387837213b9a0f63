/** Lowers deformSample2d, shift and gridSample. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { deformable } from "../../shaders/sample/deformable.ts";
import { gridSample } from "../../shaders/sample/grid.ts";
import { shift } from "../../shaders/sample/shift.ts";
import type { Group } from "../fusion.ts";
import { emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";
import { emitRows } from "./rows.ts";

export function lowerDeformSample2d(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "deformSample2d")) return;
  const { attributes } = node;
  const values = node.inputs.flatMap((value) => value ?? []);
  emitComputation(lowering, {
    group,
    kernel: deformable,
    inputs: values.map((value) => ({ value, place: lowering.quads(value) })),
    spec: (tensors, y) => {
      const [x, offset] = tensors;
      return { x, offset, mask: tensors.at(2) ?? null, y, attributes };
    },
  });
}

export function lowerShift(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "shift")) return;
  const { attributes } = node;
  const value = node.inputs[0]!;
  emitComputation(lowering, {
    group,
    kernel: shift,
    inputs: [{ value, place: lowering.quads(value) }],
    spec: ([x], y) => ({ x, y, attributes }),
  });
}

export function lowerGridSample(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isOp(node, "gridSample")) return;
  const { attributes } = node;
  const inputs = node.inputs as Value[];
  emitRows(lowering, group, gridSample, inputs, node.outputs[0], ([x, grid], y) => ({
    x,
    grid,
    y,
    attributes,
  }));
}
