/**
 * Lays storages into one arena: each in turn at the lowest offset that is free for the whole of its
 * life, the largest first (Pisarchyk and Lee, Efficient memory management for deep neural net
 * inference, arXiv 2001.03288, section 4.3). Where that takes more than what lives at once, other
 * turns are tried: it is the order that decides how much is wasted.
 */
import type { Storage } from "./storage.ts";

export interface MemoryPlan {
  /** vec4s */
  readonly size: number;
  /** The most vec4s that are live at one step. */
  readonly lowerBound: number;
}

/** Orders that are tried; each is a fraction of a millisecond. Networks of the registry need few. */
const MOST_TRIES = 400;

/** Sets `offset` of every root. */
export function planMemory(roots: readonly Storage[], steps: number): MemoryPlan {
  const live = roots.filter((root) => root.last >= root.first);
  const lowerBound = lowerBoundOf(live, steps);
  const order = [...live].sort((a, b) => b.size - a.size || a.first - b.first);
  const { offsets, size } = new Search(order, lowerBound).run();
  order.forEach((root, i) => (root.offset = offsets[i]));
  return { size, lowerBound };
}

interface Layout {
  /** By storage. */
  readonly offsets: Float64Array;
  readonly size: number;
  /** What storages reach beyond the lower bound, summed. */
  readonly excess: number;
}

/** Tries orders, each a change of the best so far around a storage that reaches too far. */
class Search {
  /** By storage, those that live together with it. */
  private readonly rivals: readonly (readonly number[])[];
  private seed = 1;

  constructor(
    private readonly storages: readonly Storage[],
    private readonly bound: number,
  ) {
    this.rivals = storages.map((a) =>
      storages.flatMap((b, i) => (a !== b && b.first <= a.last && a.first <= b.last ? [i] : [])),
    );
  }

  run(): Layout {
    let order = this.storages.map((_, i) => i);
    let now = this.place(order);
    let best = now;
    for (let tries = 1; tries < MOST_TRIES && best.size > this.bound; tries++) {
      const changed = this.change(order, now);
      const next = this.place(changed);
      // The sum, not the size: where several places are too tight, each that is mended counts.
      if (next.excess <= now.excess) [order, now] = [changed, next];
      if (next.size < best.size) best = next;
    }
    return best;
  }

  /** The order with one of those around a storage that reaches too far moved ahead, or two exchanged. */
  private change(order: readonly number[], { offsets }: Layout): number[] {
    const isFar = (i: number): boolean => offsets[i] + this.storages[i].size > this.bound;
    const far = this.pick(order.filter(isFar));
    const near = [far, ...this.rivals[far]];
    const a = this.pick(near);
    const from = order.indexOf(a);
    const changed = [...order];
    if (this.below(2) === 0) {
      changed.splice(from, 1);
      changed.splice(this.below(from + 1), 0, a);
    } else {
      const to = order.indexOf(this.pick(near));
      [changed[from], changed[to]] = [changed[to], changed[from]];
    }
    return changed;
  }

  private pick(list: readonly number[]): number {
    return list[this.below(list.length)];
  }

  /** The same whole numbers in every run (Numerical Recipes' linear congruence). */
  private below(count: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return (this.seed >>> 8) % count;
  }

  private place(order: readonly number[]): Layout {
    const offsets = new Float64Array(order.length).fill(-1);
    let size = 0;
    let excess = 0;
    for (const i of order) {
      offsets[i] = this.lowestFreeOffset(i, offsets);
      const end = offsets[i] + this.storages[i].size;
      size = Math.max(size, end);
      excess += Math.max(0, end - this.bound);
    }
    return { offsets, size, excess };
  }

  /** The lowest offset at which a storage meets none that is placed and lives together with it. */
  private lowestFreeOffset(i: number, offsets: Float64Array): number {
    const placed = this.rivals[i].filter((j) => offsets[j] >= 0);
    placed.sort((a, b) => offsets[a] - offsets[b]);
    let offset = 0;
    for (const j of placed) {
      if (offsets[j] >= offset + this.storages[i].size) break;
      offset = Math.max(offset, offsets[j] + this.storages[j].size);
    }
    return offset;
  }
}

function lowerBoundOf(roots: readonly Storage[], steps: number): number {
  const change = new Float64Array(steps + 3);
  for (const { first, last, size } of roots) {
    change[Math.max(first, -1) + 1] += size;
    change[Math.min(last, steps) + 2] -= size;
  }
  let now = 0;
  let most = 0;
  for (const difference of change) {
    now += difference;
    most = Math.max(most, now);
  }
  return most;
}
