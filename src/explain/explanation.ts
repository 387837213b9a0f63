/** What the compiler did to a graph, as data: what the text, the JSON and the page show. */
import type { Allocation, Decision, PaddingDecision } from "../compiler/plan.ts";
import type { Shape } from "../graph/tensor.ts";
import type { Bound, Peaks } from "./roofline.ts";

export interface ValueSnapshot {
  readonly id: number;
  readonly name: string;
  readonly shape: Shape;
}

export interface NodeSnapshot {
  readonly name: string;
  /** The operator, or its kind where it has kinds: `conv2d`, `relu`. */
  readonly kind: string;
  /** Attributes that are not the usual ones: `stride 2x2`. */
  readonly attributes: string;
  /** Ids of the values that it reads, without constants. */
  readonly inputs: readonly number[];
  /** Shapes of the constants and parameters that it reads. */
  readonly constants: readonly Shape[];
  readonly outputs: readonly ValueSnapshot[];
}

/** A graph as it was at one time; nodes in topological order. */
export interface GraphSnapshot {
  readonly inputs: readonly ValueSnapshot[];
  readonly outputs: readonly { readonly name: string; readonly id: number }[];
  readonly nodes: readonly NodeSnapshot[];
}

/** What a pass did: nodes as lines of text. */
export interface PassExplanation {
  readonly pass: string;
  readonly nodesBefore: number;
  readonly nodesAfter: number;
  readonly removed: readonly string[];
  readonly added: readonly string[];
  /** The graph after it; absent where the pass changed nothing. */
  readonly graph?: GraphSnapshot;
}

/** Where the channels of a value lie that do not lie in their logical order. */
export interface ChannelMap {
  readonly value: string;
  readonly channels: number;
  /** By lane of axis 1, the logical channel; -1 where there is none. */
  readonly lanes: readonly number[];
  /** `58 channels in 60 lanes: 29 | 29` */
  readonly summary: string;
  /** `0 .. 28 | 29 .. 57` */
  readonly order: string;
}

/** A value of which a dispatch finds the quads by a table, as they lie in several pieces. */
export interface TableRead {
  readonly dispatch: number;
  readonly value: string;
  readonly pieces: number;
}

export interface DispatchDetails {
  readonly index: number;
  readonly label: string;
  readonly kernel: string;
  readonly nodes: readonly string[];
  /** What rides on it, by slot. */
  readonly fused: Readonly<Record<string, readonly string[]>>;
  readonly shape: Shape;
  readonly workgroups: readonly number[];
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly weightBytes: number;
  readonly macs: number;
  /** Why data is moved without computing. */
  readonly copy?: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly overrides: Readonly<Record<string, number>>;
  /** Which of `shaders` it runs. */
  readonly shader: number;
  readonly bound: Bound;
}

/** Bytes, and indices of dispatches as in `dispatches`. */
export interface MemoryMap {
  readonly arenaBytes: number;
  /** The most bytes that are live at once: no arena can be smaller. */
  readonly lowerBoundBytes: number;
  readonly allocations: readonly Allocation[];
  /** By dispatch, the bytes that are live. */
  readonly liveBytes: readonly number[];
}

export interface GraphExplanation {
  readonly name: string;
  readonly parameters: number;
  readonly macs: number;
  readonly weightBytes: number;
  /** The graph that was given, without dead nodes. */
  readonly before: GraphSnapshot;
  readonly passes: readonly PassExplanation[];
  /** The graph that is lowered. */
  readonly after: GraphSnapshot;
  readonly channelMaps: readonly ChannelMap[];
  readonly tableReads: readonly TableRead[];
  /** Dispatches that only move data, and why. */
  readonly copies: readonly {
    readonly index: number;
    readonly label: string;
    readonly reason: string;
  }[];
  /** Nanoseconds, as the cost model of docs/compiler.md estimates them. */
  readonly decisions: readonly Decision[];
  /** Likewise: empty lanes weighed against copies. */
  readonly paddings: readonly PaddingDecision[];
  readonly memory: MemoryMap;
  readonly peaks: Peaks;
  /** Those of a run with tensors of the host. */
  readonly dispatches: readonly DispatchDetails[];
  /** Linked WGSL; dispatches share them. */
  readonly shaders: readonly string[];
}
