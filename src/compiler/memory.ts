/**
 * Lays storages into one arena: greedy by size, each at the lowest offset that is free for the
 * whole of its life (Pisarchyk and Lee, Efficient memory management for deep neural net inference,
 * arXiv 2001.03288, section 4.3: offset calculation, greedy by size).
 */
import type { Storage } from "./storage.ts";

export interface MemoryPlan {
  /** vec4s */
  readonly size: number;
  /** The most vec4s that are live at one step. */
  readonly lowerBound: number;
}

/** Sets `offset` of every root. */
export function planMemory(roots: readonly Storage[], steps: number): MemoryPlan {
  const placed: Storage[] = [];
  let size = 0;
  const live = roots.filter((root) => root.last >= root.first);
  for (const root of [...live].sort((a, b) => b.size - a.size || a.first - b.first)) {
    root.offset = lowestFreeOffset(root, placed);
    placed.push(root);
    size = Math.max(size, root.offset + root.size);
  }
  return { size, lowerBound: lowerBoundOf(live, steps) };
}

/** The lowest offset at which `root` meets no storage that is live together with it. */
function lowestFreeOffset(root: Storage, placed: readonly Storage[]): number {
  const rivals = placed
    .filter((other) => other.first <= root.last && root.first <= other.last)
    .sort((a, b) => a.offset - b.offset);
  let offset = 0;
  for (const rival of rivals) {
    if (rival.offset >= offset + root.size) break;
    offset = Math.max(offset, rival.offset + rival.size);
  }
  return offset;
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
