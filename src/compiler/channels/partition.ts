/**
 * Divides the channels of all values into blocks that lie together: channels of one block are read by
 * the same readers, and so are those that lanewise operators tie to them. Each block fills whole
 * quads, so that whoever reads a part of a value reads whole quads.
 */
import type { Value } from "../../graph/graph.ts";
import type { Lanes } from "./lanes.ts";

interface Owner {
  readonly value: Value;
  /** Number of its first channel among the channels of all values. */
  readonly base: number;
  readonly fixed: boolean;
}

/**
 * What is known of a class of tied channels, as sums of hashes: classes with equal sums belong to one
 * block. Should two different ones meet in a sum, what is read will not be whole quads, and is noticed.
 */
export class Partition {
  private readonly owners: Owner[] = [];
  private readonly indexOf = new Map<Value, number>();
  private readonly parent: number[] = [];
  /** By root: of the owners whose channels it ties. */
  private readonly members: number[] = [];
  /** By root: of who reads its channels, and of producers' groups. */
  private readonly marks: number[] = [];
  /** By root: of the quads of fixed values that it lies in. */
  private readonly fixedQuads: number[] = [];
  /** By root: the lane in which a fixed value has it, -1 if none does. */
  private readonly lane: number[] = [];
  private nextMark = 0;

  /** `fixed`: its channels lie in their logical order. */
  add(value: Value, fixed: boolean): void {
    const index = this.owners.length;
    const base = this.parent.length;
    this.owners.push({ value, base, fixed });
    this.indexOf.set(value, index);
    const member = hash(index);
    for (let c = 0; c < value.shape[1]; c++) {
      this.parent.push(base + c);
      this.members.push(member);
      this.marks.push(0);
      this.lane.push(fixed ? c & 3 : -1);
      this.fixedQuads.push(fixed ? hash(base + (c >> 2)) : 0);
    }
  }

  has(value: Value): boolean {
    return this.indexOf.has(value);
  }

  /** The number of a value's first channel: channels are named by numbers. */
  baseOf(value: Value): number {
    return this.owners[this.indexOf.get(value)!].base;
  }

  /** Channels `a` and `b` must lie in the same lane; false when they cannot. */
  tie(a: number, b: number): boolean {
    const rootA = this.find(a);
    const rootB = this.find(b);
    if (rootA === rootB) return true;
    const [laneA, laneB] = [this.lane[rootA], this.lane[rootB]];
    if (laneA >= 0 && laneB >= 0 && laneA !== laneB) return false;
    this.parent[rootB] = rootA;
    this.members[rootA] = sum(this.members[rootA], this.members[rootB]);
    this.fixedQuads[rootA] = sum(this.fixedQuads[rootA], this.fixedQuads[rootB]);
    this.lane[rootA] = Math.max(laneA, laneB);
    return true;
  }

  /** A new mark: channels that bear different marks lie in different blocks. */
  newMark(): number {
    return hash(this.nextMark++);
  }

  mark(channel: number, mark: number): void {
    const root = this.find(channel);
    this.marks[root] = sum(this.marks[root], mark);
  }

  /** The lanes of every value, now that all ties and marks are known. */
  solve(): Map<Value, Lanes> {
    const blocks = new Blocks();
    for (const { base, value } of this.owners) {
      for (let c = 0; c < value.shape[1]; c++) {
        const root = this.find(base + c);
        const isFixed = this.lane[root] >= 0;
        const reason = isFixed ? this.fixedQuads[root] : this.marks[root];
        blocks.place(root, this.lane[root], sum(this.members[root], reason * 3 + Number(isFixed)));
      }
    }
    return new Map(this.owners.map((owner) => [owner.value, this.lanesOf(owner, blocks)]));
  }

  private lanesOf({ value, base, fixed }: Owner, blocks: Blocks): Lanes {
    const count = value.shape[1];
    if (fixed) return Array.from({ length: count }, (_, c) => c);
    const channelsOf = new Map<number, number[]>();
    for (let c = 0; c < count; c++) {
      const root = this.find(base + c);
      const channels = channelsOf.get(root);
      if (channels) channels.push(c);
      else channelsOf.set(root, [c]);
    }
    const placed = new Set<number>();
    const lanes: number[] = [];
    for (let c = 0; c < count; c++) {
      if (placed.has(c)) continue;
      const root = this.find(base + c);
      // The value has the block as often as channels are tied to others of its own.
      const copy = channelsOf.get(root)!.indexOf(c);
      while (lanes.length % 4 !== 0) lanes.push(-1);
      for (const member of blocks.of(root)) {
        const channel = member === null ? -1 : (channelsOf.get(member)?.[copy] ?? -1);
        lanes.push(channel);
        placed.add(channel);
      }
      // A fixed value ends with its last channel, and so do those that are tied to it.
      while (this.lane[root] < 0 && lanes.length % 4 !== 0) lanes.push(-1);
    }
    return lanes;
  }

  private find(id: number): number {
    let root = id;
    while (this.parent[root] !== root) root = this.parent[root];
    let at = id;
    while (this.parent[at] !== root) {
      const next = this.parent[at];
      this.parent[at] = root;
      at = next;
    }
    return root;
  }
}

/** Roots in the order of their lanes; null in a lane that nobody has. */
type Block = (number | null)[];

class Blocks {
  private readonly bySignature = new Map<number, Block>();
  private readonly byRoot = new Map<number, Block>();

  place(root: number, lane: number, signature: number): void {
    if (this.byRoot.has(root)) return;
    let block = this.bySignature.get(signature);
    if (!block) this.bySignature.set(signature, (block = []));
    if (lane < 0) block.push(root);
    else {
      while (block.length <= lane) block.push(null);
      block[lane] = root;
    }
    this.byRoot.set(root, block);
  }

  of(root: number): Block {
    return this.byRoot.get(root)!;
  }
}

const MODULUS = 2 ** 50;

function sum(a: number, b: number): number {
  return (a + b) % MODULUS;
}

/** A number below 2^50 that looks random (two rounds of Murmur3's finaliser). */
function hash(index: number): number {
  const high = mix(index ^ 0x9e3779b9);
  return (high >>> 7) * 2 ** 25 + (mix(high ^ index) >>> 7);
}

function mix(given: number): number {
  let bits = given | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
