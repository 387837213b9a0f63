/** One dispatch before memory is planned: its kernel, its spec, and the storages that it touches. */
import type { Value } from "../../graph/graph.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { Kernel, Stage } from "../../shaders/kernel.ts";
import type { When } from "../plan.ts";
import type { Place, ReadPlace, Storage } from "../storage.ts";

/** Makes a stage once its operand's offset is known. */
export type StageMaker = () => Stage;

export interface Step {
  /** The node that it is named after. */
  readonly name: string;
  readonly nodes: readonly string[];
  readonly when: When;
  readonly port?: string;
  readonly kernel: Kernel<never>;
  readonly spec: unknown;
  readonly stages: Readonly<Record<string, readonly StageMaker[]>>;
  readonly fused: Readonly<Record<string, readonly string[]>>;
  readonly shape: Shape;
  readonly reads: readonly { readonly value: string; readonly storage: Storage }[];
  readonly writes: readonly {
    readonly value: string;
    readonly storage: Storage;
    readonly place?: Place;
  }[];
  /** Among `reads`, those of which each element is read where the same one is stored, and by whom. */
  readonly inPlace?: readonly Storage[];
  readonly weightBytes: number;
  readonly macs: number;
  readonly copy?: string;
}

/** What `emit` needs to know of a step; the rest has defaults. */
export type NewStep<Spec> = Pick<Step, "name" | "shape" | "reads" | "writes"> &
  Partial<Omit<Step, "kernel" | "spec">> & { kernel: Kernel<Spec>; spec: Spec };

/** The storages that reading a value touches. */
export function readsOf({ name }: Value, place: ReadPlace): Step["reads"] {
  if (place.layout === "quads") return [{ value: name, storage: place.storage }];
  return place.fragments.map(({ storage }) => ({ value: name, storage }));
}
