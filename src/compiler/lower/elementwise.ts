/** Lowers element-wise nodes that ride on no other kernel. */
import type { Value } from "../../graph/graph.ts";
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import { map } from "../../shaders/elementwise/map.ts";
import { asFunctions, isElementwise } from "../elementwise-nodes.ts";
import type { FusedNode } from "../expression.ts";
import type { Group } from "../fusions/fusion.ts";
import { quadsDims, walksInQuads } from "../place.ts";
import { emitComputation } from "./computation.ts";
import { lowerStages, nodeNames, wholeStorage } from "./fused.ts";
import type { Lowering } from "./lowering.ts";

/** An element-wise node that nothing else computes along with it. */
export function lowerElementwise(lowering: Lowering, group: Group): void {
  const node = group.core;
  if (!isElementwise(node)) return;
  const first = group.first ?? chooseMain(group);
  const all = { ...group, store: [first, ...group.store] };
  if (livesInQuads(lowering, first, all)) {
    const rank = group.output.shape.length;
    const isRead = first.main.shape.length === rank;
    const place = isRead ? lowering.read(first.main) : lowering.quads(first.main, rank);
    emitComputation(lowering, {
      group: all,
      kernel: map,
      inputs: [{ value: first.main, place }],
      spec: ([x], y) => ({ x, y }),
    });
  } else {
    emitFlatMap(lowering, all, first.main);
  }
}

/** The operand to start from: one of the shape of y, or the greatest that is not constant. */
function chooseMain({ core }: Group): FusedNode {
  const node = core as FusedNode["node"];
  const [way] = asFunctions(node);
  if (way) return way;
  const [a, b = null] = node.inputs;
  const bFirst =
    b !== null && (a!.constant !== null || (!b.constant && sizeOf(b.shape) > sizeOf(a!.shape)));
  return bFirst
    ? { node, main: b, operand: a!, reversed: true }
    : { node, main: a!, operand: b, reversed: false };
}

/** Whether a map works on quads: its input lies in quads, or must because of how operands broadcast. */
function livesInQuads(lowering: Lowering, { main }: FusedNode, { store, output }: Group): boolean {
  const { shape } = output;
  if (!quadsDims(shape) || !walksInQuads(main.shape, shape)) return false;
  const operands = store.flatMap(({ operand }) => (operand ? [operand] : []));
  if (!operands.every((operand) => walksInQuads(operand.shape, shape))) return false;
  if (lowering.liesInQuads(main) || store.some(({ inlined }) => inlined?.gather)) return true;
  if (shape.length !== 4) return false;
  const isInput = lowering.inputStorages.has(lowering.placeOf(main).storage);
  return (
    isInput ||
    !operands.every((operand) => sizeOf(operand.shape) === 1 || sameShape(operand.shape, shape))
  );
}

/** A map over row-major tensors, seen as one row of quads. */
function emitFlatMap(lowering: Lowering, group: Group, main: Value): void {
  const { core, store, output } = group;
  const size = sizeOf(output.shape);
  const place = sameShape(main.shape, output.shape)
    ? lowering.contiguous(main)
    : lowering.expanded(main, output.shape);
  const x = lowering.tensors.flatAsQuads(place.storage, size, place.start);
  const shape = { offset: 0, images: 1, channels: Math.min(4, size), height: 1, width: x.width };
  const stages = lowerStages(
    lowering,
    store,
    { ...shape, imageStride: x.width },
    output.shape,
    true,
  );
  const to = lowering.newFlat(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel: map,
    spec: { x, y: lowering.tensors.flatAsQuads(to.storage, size) },
    stages: { store_y: stages.makers },
    fused: { store_y: stages.names },
    inPlace: [
      ...(sameShape(main.shape, output.shape) ? wholeStorage(place) : []),
      ...(stages.inPlace ?? []),
    ],
    reads: [{ value: main.name, storage: place.storage }, ...stages.reads],
    writes: [{ value: output.name, storage: to.storage, place: to }],
  });
}
