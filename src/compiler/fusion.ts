/**
 * Decides which nodes one kernel computes: those that a fusion matches; element-wise nodes on the
 * store of the kernel that computes their input, or on the load of the pointwise convolution that
 * reads their output.
 */
import type { Graph, Node, Value } from "../graph/graph.ts";
import { isOp } from "../graph/rewrite.ts";
import { sameShape } from "../graph/tensor.ts";
import { Uses } from "./fusions/fusion.ts";
import type {
  Composite,
  ElementwiseNode,
  FusedNode,
  Fusion,
  Group,
  Match,
} from "./fusions/fusion.ts";
import type { FusionSwitches } from "./options.ts";
import { quadsDims, walksInQuads } from "./place.ts";

export type { ElementwiseNode, FusedNode, Group } from "./fusions/fusion.ts";

/** Kernels with a slot on their store. */
const CAN_STORE = new Set<string>([
  "conv2d",
  "convTranspose2d",
  "deformSample2d",
  "shift",
  "linear",
  "maxPool2d",
  "averagePool2d",
  "adaptivePool2d",
  "channelMaxPool",
  "globalAveragePool",
  "localResponseNorm",
  "groupNorm",
  "resize",
  "unary",
  "binary",
  "prelu",
  "cast",
]);

/**
 * Stages in one kernel, and those among them with a uniform struct: WebGPU allows 8 with dynamic
 * offsets, of which the kernel has one, and a mask after each slot perhaps another.
 */
const MOST_STAGES = 16;
const MOST_UNIFORMS = 5;

/** Operands and tables have their offsets in a uniform struct. */
const hasUniform = ({ inputs, op, attributes }: Node): boolean =>
  inputs.length > 1 || (op === "unary" && attributes.kind === "lookup");

/** Functions that are cheap enough to be computed again for each tile of output channels. */
const CHEAP_ON_LOAD = new Set<string>([
  "mul",
  "add",
  "sub",
  "maximum",
  "minimum",
  "relu",
  "relu6",
  "clamp",
  "leakyRelu",
  "hardSwish",
  "hardSigmoid",
  "prelu",
]);

export function isElementwise(node: Node | null | undefined): node is ElementwiseNode {
  return isOp(node, "unary") || isOp(node, "binary") || isOp(node, "prelu") || isOp(node, "cast");
}

/** The ways in which a node is a function of a value of the shape of its output. */
export function asFunctions(node: ElementwiseNode): FusedNode[] {
  const [a, b = null] = node.inputs;
  const shape = node.outputs[0].shape;
  const functions: FusedNode[] = [];
  if (a && !a.constant && sameShape(a.shape, shape)) {
    functions.push({ node, main: a, operand: b, reversed: false });
  }
  if (isOp(node, "binary") && a && b && !b.constant && sameShape(b.shape, shape) && a !== b) {
    functions.push({ node, main: b, operand: a, reversed: true });
  }
  return functions;
}

/** The groups of a graph, in the order in which they run. Of `fusions` those are tried that are on. */
export function planFusion(
  graph: Graph,
  switches: FusionSwitches,
  fusions: readonly Fusion[] = [],
): Group[] {
  const isOn: Readonly<Record<string, boolean>> = { ...switches };
  const used = fusions.filter(({ name }) => isOn[name] ?? true);
  return new FusionPlanner(graph, switches, used).plan();
}

class FusionPlanner {
  private readonly uses: Uses;
  private readonly position = new Map<Node, number>();
  /** The core that a node was fused into. */
  private readonly coreOf = new Map<Node, Node>();
  private readonly load = new Map<Node, FusedNode[]>();
  private readonly store = new Map<Node, FusedNode[]>();
  /** By anchor. */
  private readonly composites = new Map<Node, Composite>();

  constructor(
    private readonly graph: Graph,
    private readonly switches: FusionSwitches,
    private readonly fusions: readonly Fusion[],
  ) {
    this.uses = new Uses(graph);
    graph.nodes.forEach((node, index) => this.position.set(node, index));
  }

  plan(): Group[] {
    for (const node of this.graph.nodes) this.matchFusions(node);
    for (const node of this.graph.nodes) {
      if (isElementwise(node) && this.isFree(node)) this.rideOnStore(node);
    }
    if (this.switches.load) {
      for (const node of this.graph.nodes) {
        if (isElementwise(node) && this.isFree(node)) this.rideOnLoad(node);
      }
    }
    return this.graph.nodes
      .filter((node) => !this.coreOf.has(node))
      .map((core) => {
        const store = this.store.get(core) ?? [];
        const last = store.at(-1)?.node ?? core;
        const composite = this.composites.get(core);
        const load = this.load.get(core) ?? [];
        return { core, load, store, output: last.outputs[0], ...(composite && { composite }) };
      });
  }

  /** Claims the nodes of the first fusion that computes `anchor` and others along with it. */
  private matchFusions(anchor: Node): void {
    for (const fusion of this.fusions) {
      const match = fusion.match(anchor, this.uses);
      if (!match || !this.canClaim(match, anchor)) continue;
      this.composites.set(anchor, { fusion, match });
      for (const node of match.nodes) if (node !== anchor) this.coreOf.set(node, anchor);
      return;
    }
  }

  /** Whether a match takes nodes that no other has, and values that nothing else reads. */
  private canClaim({ nodes, output }: Match, anchor: Node): boolean {
    if (nodes.at(-1) !== anchor || !nodes.every((node) => this.isFree(node))) return false;
    const inside = new Set(nodes);
    return nodes
      .flatMap(({ outputs }) => outputs)
      .filter((value) => value !== output)
      .every(
        (value) =>
          !this.uses.isOutput(value) && this.uses.of(value).every((node) => inside.has(node)),
      );
  }

  /** A node that no other kernel computes along. */
  private isFree(node: Node): boolean {
    return !this.coreOf.has(node) && !this.composites.has(node);
  }

  /** The core that computes a value, directly or with what was fused into it. */
  private coreComputing(value: Value): Node | null {
    const { producer } = value;
    return producer && (this.coreOf.get(producer) ?? producer);
  }

  /** When a value exists: the position of the core that stores it. */
  private timeOf(value: Value): number {
    const core = this.coreComputing(value);
    return core ? (this.position.get(core) ?? -1) : -1;
  }

  private rideOnStore(node: ElementwiseNode): void {
    const isFunctionOfOne = asFunctions(node).every(({ operand }) => !operand || operand.constant);
    if (!(isFunctionOfOne ? this.switches.activation : this.switches.residual)) return;
    const candidates = asFunctions(node)
      .map((way) => ({ way, core: this.coreComputing(way.main) }))
      .filter(({ way, core }) => core !== null && this.fitsStore(way, core))
      .sort((a, b) => this.timeOf(b.way.main) - this.timeOf(a.way.main));
    const best = candidates.at(0);
    if (!best?.core) return;
    const { way, core } = best;
    this.store.set(core, [...(this.store.get(core) ?? []), way]);
    this.coreOf.set(node, core);
  }

  /** Whether the kernel of a core can take the stages of these nodes too. */
  private hasRoom(core: Node, added: readonly Node[]): boolean {
    const fused = [...(this.load.get(core) ?? []), ...(this.store.get(core) ?? [])];
    const stages = [...fused.map(({ node }) => node), ...added];
    if (isElementwise(core) && !this.composites.has(core)) stages.push(core);
    return stages.length <= MOST_STAGES && stages.filter(hasUniform).length <= MOST_UNIFORMS;
  }

  private fitsStore({ main, operand, node }: FusedNode, core: Node): boolean {
    const canStore = this.composites.get(core)?.fusion.canStore ?? CAN_STORE.has(core.op);
    if (!canStore || !this.uses.isPrivate(main)) return false;
    if (!this.hasRoom(core, [node])) return false;
    if (core.outputs.length !== 1) return false;
    if (operand === main) return false;
    if (!operand) return true;
    if (!operand.constant && this.timeOf(operand) >= (this.position.get(core) ?? 0)) return false;
    return this.walks(operand, node.outputs[0]);
  }

  /** Whether a stage can find the operand at the places of y. */
  private walks(operand: Value, y: Value): boolean {
    return quadsDims(y.shape) === null
      ? sameShape(operand.shape, y.shape)
      : walksInQuads(operand.shape, y.shape);
  }

  /** Moves a core that is element-wise, with all that rides on it, onto the load of its reader. */
  private rideOnLoad(core: ElementwiseNode): void {
    const rest = this.store.get(core) ?? [];
    const y = (rest.at(-1)?.node ?? core).outputs[0];
    const [reader] = this.uses.of(y);
    if (!this.uses.isPrivate(y) || !isPointwise(reader) || reader.inputs[0] !== y) return;
    if (!this.isFree(reader)) return;
    const first = asFunctions(core).find((way) => this.isCheap(way));
    if (!first || !rest.every((way) => this.isCheap(way))) return;
    const chain = [first, ...rest];
    if (
      !this.hasRoom(
        reader,
        chain.map(({ node }) => node),
      )
    )
      return;
    this.load.set(reader, chain);
    this.store.delete(core);
    for (const { node } of chain) this.coreOf.set(node, reader);
  }

  private isCheap({ node, main, operand }: FusedNode): boolean {
    const kind = node.op === "prelu" || node.op === "cast" ? node.op : node.attributes.kind;
    return CHEAP_ON_LOAD.has(kind) && (operand === null || this.isGate(operand, main));
  }

  /** One number for each channel: reading it again for each tile costs next to nothing. */
  private isGate(operand: Value, main: Value): boolean {
    const dims = quadsDims(operand.shape, main.shape.length);
    return dims !== null && dims[2] * dims[3] === 1 && walksInQuads(operand.shape, main.shape);
  }
}

function isPointwise(node: Node | undefined): node is Extract<Node, { op: "conv2d" }> {
  if (!isOp(node, "conv2d")) return false;
  // The kernel for weights that are computed has no slot on its load.
  if (!node.inputs.slice(1).every((value) => !value || value.constant)) return false;
  const { stride, padding, groups } = node.attributes;
  const [, , height, width] = node.inputs[1]!.shape;
  const dense = groups === 1 && stride[0] === 1 && stride[1] === 1;
  return dense && height === 1 && width === 1 && padding.every((pixels) => pixels === 0);
}
