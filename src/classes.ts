/** The greatest numbers of an output, with their labels. */
import type { Tensor } from "./graph/tensor.ts";

export interface ScoredClass {
  readonly index: number;
  readonly label: string;
  readonly score: number;
}

/** The `k` greatest elements, greatest first; `labels[i]` names element i. */
export function topClasses(
  { data }: Tensor,
  k: number,
  labels: readonly string[] = [],
): ScoredClass[] {
  return Array.from(data, (score, index) => ({
    index,
    label: labels[index] ?? String(index),
    score,
  }))
    .sort((a, b) => b.score - a.score || a.index - b.index)
    .slice(0, k);
}
