/** Turns what a kernel computes on its load, and stores beside its output, into stages. */
import type { Shape } from "../../graph/tensor.ts";
import { forkStage, gatherStage } from "../../shaders/stage/stages.ts";
import type { Quads } from "../../shaders/spec.ts";
import type { Expression, Fork } from "../expression.ts";
import { quadsDims } from "../place.ts";
import type { ReadPlace } from "../storage.ts";
import { gatherOf, lowerStages, stageNames } from "./fused.ts";
import type { LoweredStages } from "./fused.ts";
import type { Lowering } from "./lowering.ts";
import type { Step } from "./step.ts";

/** A tensor of which only the sizes are known. */
export function sizesOf(shape: Shape): Quads {
  const [images, channels, height, width] = quadsDims(shape)!;
  return { offset: 0, imageStride: 0, images, channels, height, width };
}

/** Stages for a load; `x` is the tensor that the kernel counts where it is not the one in memory. */
export function lowerLoad(
  lowering: Lowering,
  load: Expression | null,
  place: ReadPlace,
  canHold: boolean,
): LoweredStages & { readonly x?: Quads } {
  if (!load) return { makers: [], reads: [], names: [] };
  const { source, gather, stages } = load;
  const { shape } = gather?.outputs[0] ?? source;
  const sizes = sizesOf(shape);
  const lowered = lowerStages(lowering, stages, sizes, shape, false, canHold);
  if (!gather || place.layout !== "quads") return lowered;
  const operand = {
    tensor: lowering.tensors.quads(place),
    fromWeights: false,
    gather: gatherOf(lowering, gather, sizes),
  };
  return {
    makers: [() => gatherStage(operand, sizes), ...lowered.makers],
    reads: lowered.reads,
    names: [gather.op, ...lowered.names],
    x: lowering.tensors.quads({ ...place, dims: quadsDims(shape)! }),
  };
}

/** The stage that stores a function of y as a value of its own, which gets a place. */
export function lowerFork(
  lowering: Lowering,
  { stages, output }: Fork,
): LoweredStages & { readonly write: Step["writes"][number] } {
  const { shape } = output;
  const { makers, reads } = lowerStages(lowering, stages, sizesOf(shape), shape);
  const place = lowering.newQuads(output);
  const target = lowering.tensors.quads(place);
  return {
    makers: [
      () =>
        forkStage(
          target,
          makers.map((make) => make()),
        ),
    ],
    reads,
    names: [stages.length > 0 ? `fork(${stageNames(stages).join(", ")})` : "fork"],
    write: { value: output.name, storage: place.storage, place },
  };
}
