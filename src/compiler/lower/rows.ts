/** Lowers the operators that work on row-major tensors: softmax and reductions. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { macsOf } from "../../graph/statistics.ts";
import { normalizeAxis, stridesOf } from "../../graph/tensor.ts";
import type { Kernel } from "../../shaders/kernel.ts";
import { reduceAxis } from "../../shaders/reduce/axis.ts";
import { softmax } from "../../shaders/softmax/softmax.ts";
import type { Flat } from "../../shaders/spec.ts";
import type { Group } from "../fusion.ts";
import { lowerPool } from "./pooling.ts";
import type { Lowering } from "./lowering.ts";

/** Emits a kernel that reads the given values row-major and writes one value. */
export function emitRows<Spec>(
  lowering: Lowering,
  { core }: Group,
  kernel: Kernel<Spec>,
  inputs: readonly Value[],
  y: Value,
  spec: (x: Flat[], y: Flat) => Spec,
): void {
  const places = inputs.map((value) => lowering.contiguous(value));
  const tensors = places.map(({ storage, start }, i) =>
    lowering.tensors.flat(storage, inputs[i].shape, start),
  );
  const to = lowering.newFlat(y);
  lowering.emit({
    name: core.name,
    shape: y.shape,
    kernel,
    spec: spec(tensors, lowering.tensors.flat(to.storage, y.shape)),
    reads: places.map(({ storage }, i) => ({ value: inputs[i].name, storage })),
    writes: [{ value: y.name, storage: to.storage, place: to }],
    macs: macsOf(core),
  });
}

export function lowerSoftmax(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "softmax")) return;
  const x = core.inputs[0]!;
  const { axis, log } = core.attributes;
  const at = normalizeAxis(axis, x.shape.length, "softmax");
  emitRows(lowering, group, softmax, [x], core.outputs[0], ([from], y) => ({
    x: from,
    y,
    axis: at,
    log,
  }));
}

/** One kernel an axis; the mean over height and width of an image is a global pool. */
export function lowerReduce(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "reduce")) return;
  const x = core.inputs[0]!;
  const [y] = core.outputs;
  const { kind, keepDims } = core.attributes;
  const axes = core.attributes.axes
    .map((axis) => normalizeAxis(axis, x.shape.length, "reduce"))
    .sort((a, b) => a - b);
  if (kind === "mean" && keepDims && x.shape.length === 4 && axes.join() === "2,3") {
    return lowerPool(lowering, group);
  }
  let value = x;
  axes.forEach((axis, i) => {
    const shape = value.shape.map((size, at) => (at === axis ? 1 : size));
    const next: Value =
      i === axes.length - 1 ? { ...y, shape } : { ...value, name: y.name, shape, constant: null };
    emitRows(lowering, group, reduceAxis, [value], next, ([from], to) => ({
      x: from,
      y: to,
      axis,
      kind,
    }));
    value = next;
  });
  const place = lowering.contiguous(value);
  lowering.setPlace(y, { ...place, shape: y.shape, strides: stridesOf(y.shape) });
}
