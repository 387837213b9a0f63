/** What the author of a fusion outside of the package writes, and what becomes of it. */
import type { Node } from "../../graph/graph.ts";
import type { DeviceTraits, Kernel } from "../../shaders/kernel.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import type { DefinedMatch } from "./claim.ts";
import type { Fusion, Uses } from "./fusion.ts";
import type { NamedNodes, NodesOf, Pattern } from "./pattern.ts";

/** What a kernel is told of the nodes that it computes. Tensors have their offsets. */
export interface FusionSite<Nodes = unknown, Candidate = unknown> {
  readonly nodes: Nodes;
  /** The first of `inputs`. */
  readonly x: Quads;
  /** What the nodes read that is computed by others, in the order of the nodes. */
  readonly inputs: readonly Quads[];
  readonly y: Quads;
  /** What `weights` gave, in the weight buffer. */
  readonly weights: Readonly<Record<string, Packed>>;
  readonly candidate: Candidate;
}

export interface FusionParts<Nodes, Spec, Candidate> {
  /** Its switch in `fuse`, and how plans name it. */
  readonly name: string;
  /** The kernel, or which one a candidate needs. */
  readonly kernel: Kernel<Spec> | ((candidate: Candidate) => Kernel<Spec>);
  /**
   * Tiles and variants: anything that JSON can hold. The first is taken where nothing was tuned;
   * a function may order them by what the nodes and the device are.
   */
  readonly candidates?:
    readonly Candidate[] | ((nodes: Nodes, device: DeviceTraits) => readonly Candidate[]);
  /** Slots of the kernel, each with the names of the element-wise nodes that it applies. */
  readonly stages?: Readonly<Record<string, readonly (keyof Nodes & string)[]>>;
  /** Element-wise nodes behind the last may ride in the slot `store_y`: by default where the kernel has it. */
  readonly canStore?: boolean;
  /** Constants in the order in which the kernel reads them. */
  readonly weights?: (nodes: Nodes, candidate: Candidate) => Readonly<Record<string, Packed>>;
  /** What `configure` of the kernel is given; by default the site itself. */
  readonly spec?: (site: FusionSite<Nodes, Candidate>) => Spec;
}

export interface PatternFusion<P extends Pattern, Spec, Candidate> extends FusionParts<
  NodesOf<P>,
  Spec,
  Candidate
> {
  readonly pattern: P;
}

export interface MatchFusion<Nodes extends NamedNodes, Spec, Candidate> extends FusionParts<
  Nodes,
  Spec,
  Candidate
> {
  /**
   * The nodes that the kernel computes, in order, of which `anchor` is the last; null where it does
   * not. Nothing else may read what they compute on the way: `uses` knows.
   */
  readonly match: (anchor: Node, uses: Uses) => Nodes | null;
}

/** A candidate, or null for none: there the nodes have kernels of their own. By site. */
export type FusionChoices<Candidate> = Readonly<Record<string, Candidate | null>>;

export interface DefinedFusion<Candidate = unknown> extends Fusion {
  /** Operators, shapes and attributes: equal sites make the same choice. */
  siteOf(match: DefinedMatch): string;
  candidatesOf(match: DefinedMatch, device: DeviceTraits): readonly Candidate[];
  match(anchor: Node, uses: Uses): DefinedMatch | null;
  /** The same fusion with candidates chosen, as `tuneFusion` gives them. */
  withChoices(choices: FusionChoices<Candidate>): DefinedFusion<Candidate>;
}
