/** Lowers gathers of channels: the copy of those that cannot lie, or should not, where readers want them. */
import { isOp } from "../../graph/rewrite.ts";
import { gatherChannels, packChannels } from "../../shaders/gather/channels.ts";
import type { Group } from "../fusions/fusion.ts";
import { bytesOf } from "./computation.ts";
import type { Lowering } from "./lowering.ts";
import { readsOf } from "./step.ts";

export function lowerChannelGather(lowering: Lowering, { core }: Group): void {
  if (!isOp(core, "gather")) return;
  const [x, indices] = core.inputs;
  const [y] = core.outputs;
  const from = lowering.read(x!);
  const to = lowering.newQuads(y);
  const channels = lowering.addWeights(packChannels(indices!.constant!.data));
  lowering.emit({
    name: core.name,
    shape: y.shape,
    kernel: gatherChannels,
    spec: {
      x: lowering.tensors.read(from),
      y: lowering.tensors.quads(to),
      channels,
    },
    reads: readsOf(x!, from),
    writes: [{ value: y.name, storage: to.storage, place: to }],
    weightBytes: bytesOf(channels),
    copy: core.attributes.copy,
  });
}
