/** Lowers pools with indices, unpooling, adaptive and cross-channel pools. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { adaptivePool } from "../../shaders/pool/adaptive.ts";
import { channelMax } from "../../shaders/pool/channel-max.ts";
import { maxPoolIndices } from "../../shaders/pool/max-indices.ts";
import { maxUnpool } from "../../shaders/pool/max-unpool.ts";
import { loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";

const inputsOf = (lowering: Lowering, group: Group) =>
  [loadedValue(group), ...(group.core.inputs.slice(1) as Value[])].map((value) => ({
    value,
    place: lowering.quads(value),
  }));

export function lowerAdaptivePool(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "adaptivePool2d")) return;
  const { attributes } = core;
  emitComputation(lowering, {
    group,
    kernel: adaptivePool,
    inputs: inputsOf(lowering, group),
    spec: ([x], y) => ({ x, y, attributes }),
  });
}

export function lowerChannelMaxPool(lowering: Lowering, group: Group): void {
  emitComputation(lowering, {
    group,
    kernel: channelMax,
    inputs: inputsOf(lowering, group),
    spec: ([x], y) => ({ x, y }),
  });
}

export function lowerMaxUnpool(lowering: Lowering, group: Group): void {
  emitComputation(lowering, {
    group,
    kernel: maxUnpool,
    inputs: inputsOf(lowering, group),
    spec: ([x, indices], y) => ({ x, indices, y }),
  });
}

/** One kernel writes both outputs. */
export function lowerMaxPoolWithIndices(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "maxPool2dWithIndices")) return;
  const [{ value, place }] = inputsOf(lowering, group);
  const places = core.outputs.map((output) => lowering.newQuads(output));
  const [y, indices] = places.map((to) => lowering.tensors.quads(to));
  lowering.emit({
    name: core.name,
    shape: core.outputs[0].shape,
    kernel: maxPoolIndices,
    spec: { x: lowering.tensors.quads(place), y, indices, attributes: core.attributes },
    reads: [{ value: value.name, storage: place.storage }],
    writes: places.map((to, i) => ({
      value: core.outputs[i].name,
      storage: to.storage,
      place: to,
    })),
  });
}
