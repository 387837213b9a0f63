/** Tries to find lanes for all channels of a graph, given what is conceded. */
import type { Graph, Node, Value } from "../../graph/graph.ts";
import { isOp, outputValues } from "../../graph/rewrite.ts";
import { fillGroups, isLogical, sameLanes } from "./lanes.ts";
import type { Lanes } from "./lanes.ts";
import { isStructural } from "./moves.ts";
import { Partition } from "./partition.ts";
import { PlaneTracker } from "./planes.ts";
import type { Channels } from "./planes.ts";
import { QuadFinder } from "./quad-finder.ts";
import type { Read } from "./quad-finder.ts";
import { isChannelled, roleOf } from "./roles.ts";
import type { Role } from "./roles.ts";

export interface Solution {
  readonly roles: ReadonlyMap<Node, Role>;
  readonly lanes: ReadonlyMap<Value, Lanes>;
  /** By node, the inputs whose channels do not lie in their logical order in one value. */
  readonly reads: ReadonlyMap<Node, ReadonlyMap<number, Read>>;
  /** Values that a dispatch puts together, and the channels that it takes for them. */
  readonly gathers: ReadonlyMap<Value, Channels>;
  /** The values that own the channels of one, and which of theirs they are. */
  readonly channelsOf: (value: Value) => Channels | null;
}

/** What cannot be had for nothing, or should not. */
export interface Concessions {
  /** Values that one dispatch puts together: their channels lie in an order of their own. */
  readonly gathered: Set<Value>;
  /** Values that are put together as the graph says, in their logical order. */
  readonly kept: Set<Value>;
  /** Nodes that read and write in the logical order. */
  readonly opaque: Set<Node>;
}

/** Why an assignment of lanes fails: what a node would read does not lie in whole quads. */
export class Conflict {
  constructor(
    readonly node: Node,
    readonly operand: Value,
    /** One dispatch could put the operand together. */
    readonly canGather: boolean,
  ) {}
}

export function attempt(graph: Graph, concessions: Concessions): Solution | Conflict {
  return new Attempt(graph, concessions).run();
}

class Attempt {
  private readonly tracker: PlaneTracker;
  private readonly roles = new Map<Node, Role>();
  private readonly fixed = new Set<Value>();
  private readonly partition = new Partition();
  private readonly inverses = new Map<Value, Int32Array>();

  constructor(
    private readonly graph: Graph,
    private readonly concessions: Concessions,
  ) {
    this.tracker = new PlaneTracker(graph, concessions.kept, concessions.gathered);
  }

  run(): Solution | Conflict {
    for (const node of this.graph.nodes) this.roles.set(node, this.role(node));
    this.fixWhatStays();
    this.addValues();
    const conflict = this.addReaders();
    if (conflict) return conflict;
    const lanes = this.partition.solve();
    const uneven = this.evenGroups(lanes);
    if (uneven) return uneven;
    const reads = new Map<Node, Map<number, Read>>();
    for (const [node, role] of this.roles) {
      if (role.kind === "opaque") continue;
      for (const index of operandsOf(role)) {
        const read = this.readOf(node, role, index, lanes);
        if (read instanceof Conflict) return read;
        if (!read) continue;
        const known = reads.get(node) ?? new Map<number, Read>();
        reads.set(node, known.set(index, read));
      }
    }
    const { gathered: gathers } = this.tracker;
    for (const [value, channels] of gathers) {
      if (!canJoin(channels, lanes)) return this.conflict(value.producer!, value);
    }
    const channelsOf = (value: Value) => this.tracker.channelsOf(value);
    return { roles: this.roles, lanes, reads, gathers, channelsOf };
  }

  private conflict(node: Node, operand: Value): Conflict {
    const isFollowed = this.tracker.isVirtual(operand) && this.tracker.channelsOf(operand) !== null;
    const isMap = operand.shape.length === 4 && operand.dtype === "float32";
    return new Conflict(node, operand, isFollowed && isMap);
  }

  /** The groups of a grouped convolution have equally many quads: smaller ones are filled. */
  private evenGroups(lanes: Map<Value, Lanes>): Conflict | null {
    for (const [node, role] of this.roles) {
      if (role.kind !== "dense" || role.groups === 1) continue;
      const [y] = node.outputs;
      const filled = fillGroups(lanes.get(y)!, y.shape[1], role.groups);
      if (!filled || (this.fixed.has(y) && filled.length !== y.shape[1])) {
        return this.conflict(node, node.inputs[0]!);
      }
      lanes.set(y, filled);
    }
    return null;
  }

  private role(node: Node): Role {
    const role = roleOf(node);
    if (role.kind === "opaque" || this.concessions.opaque.has(node)) return { kind: "opaque" };
    const values = [...operandsOf(role).map((index) => node.inputs[index]!), node.outputs[0]];
    const followed = values.every(
      (v) => isChannelled(v) && (!this.tracker.isVirtual(v) || this.tracker.channelsOf(v) !== null),
    );
    return followed && node.outputs.length === 1 ? role : { kind: "opaque" };
  }

  /** Inputs, constants, and what is read or computed in the logical order. */
  private fixWhatStays(): void {
    const fix = (value: Value): void => {
      for (const source of this.tracker.sourcesOf(value)) this.fixed.add(source);
    };
    for (const value of outputValues(this.graph)) fix(value);
    for (const node of this.graph.nodes) {
      for (const output of node.outputs) if (this.concessions.kept.has(output)) fix(output);
      const [y] = node.outputs;
      const isFollowed = isStructural(node) && this.tracker.isVirtual(y);
      if (this.concessions.kept.has(y)) for (const x of node.inputs) if (x) fix(x);
      if (isFollowed || this.tracker.gathered.has(y)) continue;
      if (this.roles.get(node)!.kind !== "opaque") continue;
      for (const value of [...node.inputs, ...node.outputs]) if (value) fix(value);
    }
  }

  private addValues(): void {
    const add = (value: Value): void => {
      if (value.shape.length < 2 || this.partition.has(value)) return;
      const isComputed = value.producer !== null;
      this.partition.add(value, !isComputed || this.fixed.has(value) || !isChannelled(value));
    };
    this.graph.inputs.forEach(add);
    for (const node of this.graph.nodes) {
      for (const value of [...node.inputs, ...node.outputs]) {
        if (!value || this.tracker.isVirtual(value)) continue;
        if (!value.constant || isStructural(node)) add(value);
      }
    }
  }

  /** All ties before the first mark: channels that are tied share their marks. */
  private addReaders(): Conflict | null {
    for (const [node, role] of this.roles) {
      if (role.kind !== "lanewise") continue;
      for (const index of role.tied) {
        const operand = node.inputs[index]!;
        if (!this.tie(node.outputs[0], operand)) return this.conflict(node, operand);
      }
    }
    for (const [node, role] of this.roles) {
      if (role.kind !== "dense") continue;
      this.markGroups(this.numbersOf(node.inputs[0]!), role.groups);
      if (role.groups > 1) this.markGroups(this.numbersOf(node.outputs[0]), role.groups);
      this.markBranches(node);
    }
    return null;
  }

  /** The numbers that the partition has for the channels of a value. */
  private numbersOf(value: Value): number[] {
    if (!this.tracker.isVirtual(value)) {
      const base = this.partition.baseOf(value);
      return Array.from({ length: value.shape[1] }, (_, c) => base + c);
    }
    const { owners, channels } = this.channels(value);
    const bases = new Map(
      [...new Set(owners)].map((owner) => [owner, this.partition.baseOf(owner)]),
    );
    return owners.map((owner, c) => bases.get(owner)! + channels[c]);
  }

  private channels(value: Value): Channels {
    return this.tracker.channelsOf(value)!;
  }

  private markGroups(numbers: readonly number[], groups: number): void {
    const size = numbers.length / groups;
    for (let group = 0; group < groups; group++) {
      const mark = this.partition.newMark();
      for (let c = group * size; c < (group + 1) * size; c++) this.partition.mark(numbers[c], mark);
    }
  }

  /** The branches of a merged convolution stay apart, in their order. */
  private markBranches(node: Node): void {
    if (!isOp(node, "conv2d")) return;
    const base = this.partition.baseOf(node.outputs[0]);
    for (const { start, channels } of node.attributes.branches ?? []) {
      const mark = this.partition.newMark();
      for (let c = start; c < start + channels; c++) this.partition.mark(base + c, mark);
    }
  }

  private tie(y: Value, operand: Value): boolean {
    const base = this.partition.baseOf(y);
    return this.numbersOf(operand).every((number, c) => this.partition.tie(base + c, number));
  }

  /** The read of one whole value by a reader without groups of its own; undefined for others. */
  private readWhole(
    node: Node,
    role: Role,
    operand: Value,
    lanes: ReadonlyMap<Value, Lanes>,
  ): Read | null | undefined {
    if (this.tracker.isVirtual(operand)) return undefined;
    const own = lanes.get(operand)!;
    if (role.kind === "dense" && role.groups > 1) return undefined;
    if (role.kind === "lanewise" && !sameLanes(own, lanes.get(node.outputs[0])!)) return undefined;
    const quads = Math.ceil(own.length / 4);
    const read = { segments: [{ value: operand, firstQuad: 0, quads }], lanes: own };
    return this.isPlain(read, operand, lanes) ? null : read;
  }

  /** Whether the graph's own nodes give these lanes: the logical order, of values in their logical order. */
  private isPlain({ lanes }: Read, operand: Value, arranged: ReadonlyMap<Value, Lanes>): boolean {
    if (!isLogical(lanes, operand.shape[1])) return false;
    const sources = [...this.tracker.sourcesOf(operand)];
    return sources.every((value) => isLogical(arranged.get(value) ?? [], value.shape[1]));
  }

  /** Null where the input can be read as the graph has it. */
  private readOf(
    node: Node,
    role: Role,
    index: number,
    lanes: ReadonlyMap<Value, Lanes>,
  ): Read | Conflict | null {
    const operand = node.inputs[index]!;
    const whole = this.readWhole(node, role, operand, lanes);
    if (whole !== undefined) return whole;
    const channels = this.channels(operand);
    const finder = new QuadFinder(channels, lanes, this.inverses);
    const read =
      role.kind === "dense"
        ? finder.inGroups(role.groups)
        : finder.inOrderOf(lanes.get(node.outputs[0])!);
    if (!read) return this.conflict(node, operand);
    return this.isPlain(read, operand, lanes) ? null : read;
  }
}

/** Whether the values that own channels can lie one after the other: only the last may end within a quad. */
function canJoin({ owners }: Channels, lanes: ReadonlyMap<Value, Lanes>): boolean {
  return [...new Set(owners)].filter((owner) => lanes.get(owner)!.length % 4 !== 0).length <= 1;
}

export function operandsOf(role: Role): readonly number[] {
  if (role.kind === "lanewise") return role.tied;
  return role.kind === "dense" ? [0] : [];
}
