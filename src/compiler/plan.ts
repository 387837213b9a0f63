/** What the compiler makes and the scheduler runs: dispatches, memory, and where inputs and outputs lie. */
import type { ValuePart } from "../graph/graph.ts";
import type { DataType, Shape } from "../graph/tensor.ts";
import type { Elements } from "../shaders/elements.ts";
import type { Binding, Workgroups } from "../shaders/kernel.ts";
import type { Flat, Packed, Quads } from "../shaders/spec.ts";

/**
 * When a dispatch is recorded: in each run; only when the input named by `port` comes as a GPU
 * buffer, or as an image; only when the output named by `port` is wanted as a GPU buffer.
 */
export type When = "always" | "import" | "image" | "export";

/** Part of the arena that a dispatch reads or writes, in bytes. */
export interface ArenaRange {
  readonly value: string;
  readonly offset: number;
  readonly bytes: number;
  /** How a written value lies there, for those who want to look at it. */
  readonly layout?: QuadsPort | FlatPort;
  /** Where its channels were moved: the logical channel in each lane, -1 in unused ones. */
  readonly lanes?: readonly number[];
  /** The values that its channels are, where one kernel computes several. */
  readonly parts?: readonly ValuePart[];
}

export interface Dispatch {
  /** The first node that it computes, and the kernel: `features.1.conv (conv/pointwise)`. */
  readonly label: string;
  readonly kernel: string;
  /** Names of all nodes that it computes, in order; the first is the core, or fused on its load. */
  readonly nodes: readonly string[];
  /** Stages by slot, for people to read: `store_y: add, relu`. */
  readonly fused: Readonly<Record<string, readonly string[]>>;
  readonly when: When;
  readonly port?: string;
  readonly bindings: readonly Binding[];
  readonly code: string;
  readonly overrides: Readonly<Record<string, number>>;
  readonly params: ArrayBuffer;
  readonly stageParams: readonly ArrayBuffer[];
  readonly workgroups: Workgroups;
  readonly shape: Shape;
  readonly reads: readonly ArenaRange[];
  readonly writes: readonly ArenaRange[];
  readonly weightBytes: number;
  readonly macs: number;
  /** Why data is moved without computing; absent for dispatches that compute. */
  readonly copy?: string;
}

/** A tensor of the host seen as quads: strides of n, c, h and w in its elements. */
export interface QuadsPort {
  readonly layout: "quads";
  readonly tensor: Quads;
  readonly start: number;
  readonly strides: readonly [number, number, number, number];
}

export interface FlatPort {
  readonly layout: "flat";
  readonly tensor: Flat;
}

/** One input or output of a model. */
export interface Port {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DataType;
  /** Where and how it lies in the arena when the host writes or reads it. */
  readonly host: QuadsPort | FlatPort;
  /** Where it lies row-major for import from, or export to, a GPU buffer. */
  readonly device: FlatPort;
  /** Where image preprocessing writes it: images of 1 or 3 channels. Inputs only. */
  readonly image?: QuadsPort;
  /** Of an output whose rows the data decide: the number of rows that a run gives. */
  readonly length?: FlatPort;
}

export interface Allocation {
  readonly name: string;
  readonly offset: number;
  readonly bytes: number;
  /** Indices of the first and last dispatch between which it is live. */
  readonly first: number;
  readonly last: number;
}

/** What was decided about one node that could have been a dispatch of its own, and why. */
export interface Decision {
  readonly node: string;
  readonly choice: "load" | "fork" | "dispatch" | "fused";
  /** Estimates in nanoseconds; null where it cannot be done. */
  readonly load: number | null;
  readonly fork: number | null;
  readonly dispatch: number;
  /** Of a convolution that one kernel may compute with the one that reads it; absent elsewhere. */
  readonly fused?: number;
}

/** Whether channels of a value take lanes that stay empty, or one dispatch to be put together, and why. */
export interface PaddingDecision {
  readonly value: string;
  readonly choice: "pad" | "copy";
  readonly channels: number;
  /** In which these channels are read where they are not put together. */
  readonly lanes: number;
  /** Estimates in nanoseconds: what the empty lanes cost, and what the copy costs. */
  readonly pad: number;
  readonly copy: number;
}

export interface Plan {
  readonly name: string;
  readonly elements: Elements;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly dispatches: readonly Dispatch[];
  readonly weights: readonly Packed[];
  readonly weightBytes: number;
  /** Constants that kernels read as activations: they stay in the arena. */
  readonly arenaConstants: readonly { readonly tensor: Flat; readonly data: Float32Array }[];
  readonly arenaBytes: number;
  /** The most bytes that are live at one dispatch: no arena can be smaller. */
  readonly lowerBoundBytes: number;
  readonly allocations: readonly Allocation[];
  /** What was computed where it is read, and what was stored, by what these cost. */
  readonly decisions: readonly Decision[];
  readonly paddings: readonly PaddingDecision[];
  readonly macs: number;
  readonly parameters: number;
}
