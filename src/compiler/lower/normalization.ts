/** Lowers normalisations by statistics of x itself. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { normalizeAxis, sizeOf } from "../../graph/tensor.ts";
import { map } from "../../shaders/elementwise/map.ts";
import { fitsGroupNorm, group as groupKernel } from "../../shaders/norm/group.ts";
import { layer } from "../../shaders/norm/layer.ts";
import { localResponse } from "../../shaders/norm/local-response.ts";
import type { Group } from "../fusion.ts";
import { emitComputation } from "./computation.ts";
import type { Lowering } from "./lowering.ts";
import { emitRows } from "./rows.ts";

export function lowerLocalResponseNorm(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "localResponseNorm")) return;
  const value = core.inputs[0]!;
  const { attributes } = core;
  emitComputation(lowering, {
    group,
    kernel: localResponse,
    inputs: [{ value, place: lowering.quads(value) }],
    spec: ([x], y) => ({ x, y, attributes }),
  });
}

/** Normalises runs of `size` neighbours of row-major x; `y` gets a place. */
function emitLayer(
  lowering: Lowering,
  group: Group,
  y: Value,
  { size, epsilon }: { size: number; epsilon: number },
): void {
  const x = group.core.inputs[0]!;
  emitRows(lowering, group, layer, [x], y, ([from], to) => ({ x: from, y: to, size, epsilon }));
}

export function lowerLayerNorm(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "layerNorm")) return;
  const { shape } = core.inputs[0]!;
  const { axis, epsilon } = core.attributes;
  const size = sizeOf(shape.slice(normalizeAxis(axis, shape.length, "layerNorm")));
  emitLayer(lowering, group, core.outputs[0], { size, epsilon });
}

/** Groups that begin within a quad are normalised row-major, where they lie one after the other. */
export function lowerGroupNorm(lowering: Lowering, group: Group): void {
  const { core } = group;
  if (!isOp(core, "groupNorm")) return;
  const value = core.inputs[0]!;
  const { groups, epsilon } = core.attributes;
  const [, channels, height, width] = value.shape;
  if (fitsGroupNorm(channels, groups)) {
    return emitComputation(lowering, {
      group,
      kernel: groupKernel,
      inputs: [{ value, place: lowering.quads(value) }],
      spec: ([x], y) => ({ x, y, groups, epsilon }),
    });
  }
  const size = (channels / groups) * height * width;
  const [y] = core.outputs;
  emitLayer(lowering, group, y, { size, epsilon });
  // What rides on the store needs quads.
  if (group.store.length > 0) {
    emitComputation(lowering, {
      group,
      kernel: map,
      inputs: [{ value: y, place: lowering.quads(y) }],
      spec: ([x], to) => ({ x, y: to }),
    });
  }
}
