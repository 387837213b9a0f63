/** Emits the steps of kernels that read and write channel quads. */
import type { Value } from "../../graph/graph.ts";
import { macsOf } from "../../graph/statistics.ts";
import { sameShape } from "../../graph/tensor.ts";
import type { Kernel } from "../../shaders/kernel.ts";
import { lengthOf } from "../../shaders/spec.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import { coreNodes, loadedValue } from "../fusions/fusion.ts";
import type { Group } from "../fusions/fusion.ts";
import { quadsDims } from "../place.ts";
import type { ReadPlace } from "../storage.ts";
import { lowerStages, nodeNames, wholeStorage } from "./fused.ts";
import type { LoweredStages } from "./fused.ts";
import { lowerFork, lowerLoad } from "./expressions.ts";
import type { Lowering } from "./lowering.ts";
import { readsOf } from "./step.ts";
import type { Step } from "./step.ts";

export interface Computation<Spec> {
  readonly group: Group;
  readonly kernel: Kernel<Spec>;
  /** Values that the core reads from the arena, and the places where it finds them. */
  readonly inputs: readonly { readonly value: Value; readonly place: ReadPlace }[];
  readonly spec: (x: Quads[], y: Quads) => Spec;
  /** Storages that it reads beside those of the inputs. */
  readonly reads?: Step["reads"];
  /** Stages in other slots than those of x and y, and what they store. */
  readonly slots?: Readonly<Record<string, LoweredStages>>;
  readonly writes?: Step["writes"];
  readonly weightBytes?: number;
}

/** Emits the step of a kernel that reads and writes quads, with its stages. */
export function emitComputation<Spec>(lowering: Lowering, computation: Computation<Spec>): void {
  const { group, kernel, inputs, reads = [], writes = [], weightBytes = 0 } = computation;
  const slots = Object.entries(computation.slots ?? {});
  const { core, load, store, forks, output } = group;
  const x = inputs.map(({ place }) => lowering.tensors.read(place));
  const onLoad = lowerLoad(lowering, load, inputs[0].place, kernel.holds ?? false);
  if (onLoad.x) x[0] = onLoad.x;
  // Operands are converted before y is allocated: y is written last.
  const dims = quadsDims(output.shape)!;
  const sizes = { images: dims[0], channels: dims[1], height: dims[2], width: dims[3] };
  const onStore = lowerStages(
    lowering,
    store,
    { offset: 0, imageStride: 0, ...sizes },
    output.shape,
  );
  const [{ value: main, place: from }] = inputs;
  const isSame = kernel.isElementwise && sameShape(main.shape, output.shape);
  const xInPlace = isSame ? wholeStorage(from) : [];
  const forked = forks.map((fork) => lowerFork(lowering, fork));
  const place = lowering.newQuads(output);
  lowering.emit({
    name: core.name,
    nodes: nodeNames(group),
    shape: output.shape,
    kernel,
    spec: computation.spec(x, lowering.tensors.quads(place)),
    stages: {
      load_x: onLoad.makers,
      ...Object.fromEntries(slots.map(([slot, { makers }]) => [slot, makers])),
      store_y: [...onStore.makers, ...forked.flatMap(({ makers }) => makers)],
    },
    fused: {
      load_x: onLoad.names,
      ...Object.fromEntries(slots.map(([slot, { names }]) => [slot, names])),
      store_y: [...onStore.names, ...forked.flatMap(({ names }) => names)],
    },
    reads: [
      ...inputs.flatMap(({ value, place }) => readsOf(value, place)),
      ...reads,
      ...onLoad.reads,
      ...slots.flatMap(([, { reads: more }]) => more),
      ...onStore.reads,
      ...forked.flatMap(({ reads: more }) => more),
    ],
    writes: [
      { value: output.name, storage: place.storage, place },
      ...forked.map(({ write }) => write),
      ...writes,
    ],
    inPlace: kernel.storesOnce ? [...xInPlace, ...(onStore.inPlace ?? [])] : undefined,
    weightBytes,
    macs: coreNodes(group).reduce((sum, node) => sum + macsOf(node), 0),
  });
}

/** Where a kernel that walks a table finds its first input. */
export function placeToRead(lowering: Lowering, group: Group): ReadPlace {
  const input = loadedValue(group);
  return group.load?.gather ? lowering.quads(input) : lowering.read(input);
}

export function bytesOf(...packs: readonly Packed[]): number {
  return packs.reduce((sum, constant) => sum + 4 * lengthOf(constant), 0);
}
