/** Lowers box decoding and non-maximum suppression. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { nonMaxPack } from "../../shaders/detection/pack.ts";
import { nonMaxSelect } from "../../shaders/detection/select.ts";
import { decodeYolo } from "../../shaders/detection/yolo.ts";
import type { Flat } from "../../shaders/spec.ts";
import { packed } from "../../shaders/spec.ts";
import type { Group } from "../fusion.ts";
import type { FlatPlace } from "../storage.ts";
import type { Lowering } from "./lowering.ts";

/** A row-major place as its readers and writers see it. */
interface Named {
  readonly value: string;
  readonly storage: FlatPlace["storage"];
  readonly place: FlatPlace;
  readonly tensor: Flat;
}

function named(lowering: Lowering, value: string, place: FlatPlace): Named {
  const { storage, shape, start } = place;
  return { value, storage, place, tensor: lowering.tensors.flat(storage, shape, start) };
}

export function lowerNonMaxSuppression(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "nonMaxSuppression")) return;
  const { name, attributes } = core;
  const [boxes, scores] = (core.inputs as Value[]).map((value) =>
    named(lowering, value.name, lowering.contiguous(value)),
  );
  const scratch = (what: string, shape: number[]): Named =>
    named(lowering, `${name} ${what}`, lowering.allocateFlat(`${name} ${what}`, shape));
  const [images, classes, count] = scores.tensor.shape;
  const most = Math.min(count, Math.floor(attributes.maxOutputBoxesPerClass));
  const lists = scratch("candidates", [images * classes, count]);
  const picks = scratch("picks", [images * classes, most]);
  const counts = scratch("counts", [images * classes]);
  const [selected, total] = core.outputs.map((value) =>
    named(lowering, value.name, lowering.newFlat(value)),
  );
  const common = { name, shape: core.outputs[0].shape };
  const tensors = { scores: scores.tensor, picks: picks.tensor, counts: counts.tensor };
  lowering.emit({
    ...common,
    kernel: nonMaxSelect,
    spec: { ...tensors, boxes: boxes.tensor, lists: lists.tensor, attributes },
    reads: [boxes, scores],
    writes: [lists, picks, counts],
  });
  lowering.emit({
    ...common,
    kernel: nonMaxPack,
    spec: { ...tensors, selected: selected.tensor, total: total.tensor },
    reads: [picks, counts],
    writes: [selected, total],
  });
}

export function lowerDecodeYolo(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "decodeYolo")) return;
  const x = core.inputs[0]!;
  const { anchors, inputSize, scaleXY } = core.attributes;
  const [height, width] = inputSize;
  const sizes = lowering.addWeights(
    packed(Float32Array.from(anchors.flatMap(([w, h]) => [w / width, h / height]))),
  );
  const from = lowering.quads(x);
  const [boxes, scores] = core.outputs.map((value) =>
    named(lowering, value.name, lowering.newFlat(value)),
  );
  lowering.emit({
    name: core.name,
    shape: core.outputs[0].shape,
    kernel: decodeYolo,
    spec: {
      x: lowering.tensors.quads(from),
      boxes: boxes.tensor,
      scores: scores.tensor,
      anchors: sizes,
      scaleXY,
    },
    reads: [{ value: x.name, storage: from.storage }],
    writes: [boxes, scores],
    weightBytes: sizes.data.byteLength,
  });
}
