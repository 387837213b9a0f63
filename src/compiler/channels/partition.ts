/**
 * Divides the channels of all values into blocks that lie together: channels of one block are read by
 * the same readers, and so are those that lanewise operators tie to them. Each block fills whole
 * quads, so that whoever reads a part of a value reads whole quads.
 */
import type { Value } from "../../graph/graph.ts";

/** Physical lanes of a value: the logical channel in each, -1 where there is none. */
export type Lanes = readonly number[];

interface Owner {
  readonly value: Value;
  /** Number of its first channel among the channels of all values. */
  readonly base: number;
  readonly fixed: boolean;
}

export class Partition {
  private readonly owners: Owner[] = [];
  private readonly indexOf = new Map<Value, number>();
  private readonly parent: number[] = [];
  /** By root: the owners, by index, whose channels it ties; ascending. */
  private readonly members: (readonly number[])[] = [];
  /** By root: who reads its channels, and producers' groups. */
  private readonly marks: number[][] = [];
  /** By root: the lane in which a fixed value has it, -1 if none does. */
  private readonly lane: number[] = [];
  /** By root: the quads of fixed values that it lies in. */
  private readonly fixedQuads: string[] = [];
  private nextMark = 0;

  /** `fixed`: its channels lie in their logical order. */
  add(value: Value, fixed: boolean): void {
    const index = this.owners.length;
    const base = this.parent.length;
    this.owners.push({ value, base, fixed });
    this.indexOf.set(value, index);
    for (let c = 0; c < value.shape[1]; c++) {
      this.parent.push(base + c);
      this.members.push([index]);
      this.marks.push([]);
      this.lane.push(fixed ? c % 4 : -1);
      this.fixedQuads.push(fixed ? `${index}:${c >> 2} ` : "");
    }
  }

  has(value: Value): boolean {
    return this.indexOf.has(value);
  }

  /** Channels `a` and `b` must lie in the same lane; false when they cannot. */
  tie(a: Value, channelA: number, b: Value, channelB: number): boolean {
    const rootA = this.find(this.idOf(a, channelA));
    const rootB = this.find(this.idOf(b, channelB));
    if (rootA === rootB) return true;
    const merged = merge(this.members[rootA], this.members[rootB]);
    const [laneA, laneB] = [this.lane[rootA], this.lane[rootB]];
    if (!merged || (laneA >= 0 && laneB >= 0 && laneA !== laneB)) return false;
    this.parent[rootB] = rootA;
    this.members[rootA] = merged;
    this.lane[rootA] = Math.max(laneA, laneB);
    this.fixedQuads[rootA] += this.fixedQuads[rootB];
    return true;
  }

  /** A new mark: channels that bear different marks lie in different blocks. */
  newMark(): number {
    return this.nextMark++;
  }

  mark(value: Value, channel: number, mark: number): void {
    const marks = this.marks[this.find(this.idOf(value, channel))];
    if (marks.at(-1) !== mark) marks.push(mark);
  }

  /** The lanes of every value, now that all ties and marks are known. */
  solve(): Map<Value, Lanes> {
    const blocks = new Blocks();
    for (const { base, value } of this.owners) {
      for (let c = 0; c < value.shape[1]; c++) {
        const root = this.find(base + c);
        blocks.place(root, this.lane[root], () => this.signatureOf(root));
      }
    }
    return new Map(this.owners.map((owner) => [owner.value, this.lanesOf(owner, blocks)]));
  }

  private lanesOf({ value, base, fixed }: Owner, blocks: Blocks): Lanes {
    const count = value.shape[1];
    if (fixed) return Array.from({ length: count }, (_, c) => c);
    const channelOf = new Map<number, number>();
    for (let c = 0; c < count; c++) channelOf.set(this.find(base + c), c);
    const seen = new Set<Block>();
    const lanes: number[] = [];
    for (let c = 0; c < count; c++) {
      const block = blocks.of(this.find(base + c));
      if (seen.has(block)) continue;
      seen.add(block);
      while (lanes.length % 4 !== 0) lanes.push(-1);
      for (const root of block) lanes.push(root === null ? -1 : channelOf.get(root)!);
      // A fixed value ends with its last channel, and so do those that are tied to it.
      const isFixed = block.some((root) => root !== null && this.lane[root] >= 0);
      while (!isFixed && lanes.length % 4 !== 0) lanes.push(-1);
    }
    return lanes;
  }

  /** Of channels that lie in one block. Those of fixed values are blocks of the fixed quad. */
  private signatureOf(root: number): string {
    const reason = this.fixedQuads[root] || this.marks[root].join();
    return `${this.members[root].join()}|${reason}`;
  }

  private idOf(value: Value, channel: number): number {
    return this.owners[this.indexOf.get(value)!].base + channel;
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
  private readonly bySignature = new Map<string, Block>();
  private readonly byRoot = new Map<number, Block>();

  place(root: number, lane: number, signature: () => string): void {
    if (this.byRoot.has(root)) return;
    const key = signature();
    let block = this.bySignature.get(key);
    if (!block) this.bySignature.set(key, (block = []));
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

/** Two ascending lists as one; null when they share an entry. */
function merge(a: readonly number[], b: readonly number[]): number[] | null {
  const merged: number[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (j >= b.length || a[i] < b[j]) merged.push(a[i++]);
    else if (i >= a.length || b[j] < a[i]) merged.push(b[j++]);
    else return null;
  }
  return merged;
}
