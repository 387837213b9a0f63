/** Lowers operators that choose elements: gather and top-k. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import { gather } from "../../shaders/gather/gather.ts";
import { topKChunkBest } from "../../shaders/topk/chunk-best.ts";
import { topKScratch, topKSelect } from "../../shaders/topk/select.ts";
import type { Group } from "../fusion.ts";
import type { Lowering } from "./lowering.ts";
import { emitRows } from "./rows.ts";

export function lowerGather(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "gather")) return;
  const [x, indices] = core.inputs as Value[];
  const axis = normalizeAxis(core.attributes.axis, x.shape.length, "gather");
  emitRows(lowering, group, gather, [x, indices], core.outputs[0], ([data, at], y) => ({
    x: data,
    indices: at,
    y,
    axis,
  }));
}

export function lowerTopK(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "topK")) return;
  const x = core.inputs[0]!;
  const [values, indices] = core.outputs;
  const { k, largest } = core.attributes;
  const axis = normalizeAxis(core.attributes.axis, x.shape.length, "topK");
  const from = lowering.contiguous(x);
  const scratch = lowering.allocateFlat(`${core.name} scratch`, [topKScratch(x.shape, axis, k)]);
  const [toValues, toIndices] = [lowering.newFlat(values), lowering.newFlat(indices)];
  const spec = {
    x: lowering.tensors.flat(from.storage, x.shape, from.start),
    values: lowering.tensors.flat(toValues.storage, values.shape),
    indices: lowering.tensors.flat(toIndices.storage, indices.shape),
    scratch: lowering.tensors.flat(scratch.storage, scratch.shape),
    axis,
    k,
    largest,
  };
  const read = { value: x.name, storage: from.storage };
  const best = { value: scratch.storage.name, storage: scratch.storage };
  const written = [
    { value: values.name, storage: toValues.storage, place: toValues },
    { value: indices.name, storage: toIndices.storage, place: toIndices },
  ];
  const common = { name: core.name, shape: values.shape, spec };
  lowering.emit({ ...common, kernel: topKChunkBest, reads: [read], writes: [best] });
  lowering.emit({ ...common, kernel: topKSelect, reads: [read, best], writes: written });
}
