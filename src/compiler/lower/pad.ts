/** Lowers padding that no convolution takes in. */
import type { Value } from "../../graph/graph.ts";
import { isOp } from "../../graph/rewrite.ts";
import { formatShape } from "../../graph/tensor.ts";
import { pad } from "../../shaders/layout/pad.ts";
import type { Group } from "../fusion.ts";
import type { FlatPlace } from "../storage.ts";
import type { Lowering } from "./lowering.ts";

export function lowerPad(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "pad")) return;
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  const from = lowering.contiguous(x);
  const to: FlatPlace = lowering.newFlat(y);
  const { before, mode, value } = core.attributes;
  lowering.emit({
    name: core.name,
    shape: y.shape,
    kernel: pad,
    spec: {
      x: lowering.tensors.flat(from.storage, x.shape, from.start),
      y: lowering.tensors.flat(to.storage, y.shape),
      before,
      mode,
      value,
    },
    reads: [{ value: x.name, storage: from.storage }],
    writes: [{ value: y.name, storage: to.storage, place: to }],
    copy: `padding of ${formatShape(x.shape)} to ${formatShape(y.shape)} (${mode})`,
  });
}
