/** Lowers where: a choice between two tensors, element by element. */
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import { where } from "../../shaders/elementwise/where.ts";
import type { Quads } from "../../shaders/spec.ts";
import type { Group } from "../fusion.ts";
import { walksInQuads } from "../place.ts";
import { emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

export function lowerWhere(lowering: Lowering, group: Group): void {
  const { output } = group;
  const values = group.core.inputs.map((value) => value!);
  const inQuads = values.every((value) => walksInQuads(value.shape, output.shape));
  if (inQuads && output.shape.length === 4) {
    const inputs = values.map((value) => ({ value, place: lowering.quads(value, 4) }));
    const spec = ([condition, a, b]: Quads[], y: Quads) => ({ condition, a, b, y });
    return emitComputation(lowering, { group, kernel: where, inputs, spec });
  }
  const size = sizeOf(output.shape);
  const places = values.map((value) =>
    sameShape(value.shape, output.shape)
      ? lowering.contiguous(value)
      : lowering.expanded(value, output.shape),
  );
  const [condition, a, b] = places.map(({ storage, start }) =>
    lowering.tensors.flatAsQuads(storage, size, start),
  );
  const to = lowering.newFlat(output);
  lowering.emit({
    name: group.core.name,
    shape: output.shape,
    kernel: where,
    spec: { condition, a, b, y: lowering.tensors.flatAsQuads(to.storage, size) },
    reads: places.map(({ storage }, i) => ({ value: values[i].name, storage })),
    writes: [{ value: output.name, storage: to.storage, place: to }],
  });
}
