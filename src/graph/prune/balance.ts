/** Smallest sets of things of several kinds that balance a number of scales. */

/** How many of each kind. */
export type Counts = readonly number[];

/** What one thing of a kind adds to a scale; kinds that are absent add nothing. */
export type Scale = ReadonlyMap<number, number>;

/** More candidates than these are not pursued; the larger ones are dropped. */
const MAX_CANDIDATES = 256;

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function sizeOf(counts: Counts): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function weigh(counts: Counts, scale: Scale): number {
  let sum = 0;
  for (const [kind, weight] of scale) sum += counts[kind] * weight;
  return sum;
}

/** p of `a` and q of `b`, divided by what all numbers have in common. */
function combine(a: Counts, p: number, b: Counts, q: number): Counts {
  const sum = a.map((count, kind) => p * count + q * b[kind]);
  const divisor = sum.reduce(greatestCommonDivisor);
  return sum.map((count) => count / divisor);
}

/** Smallest first, without those that have all kinds of a smaller one. */
function withoutLarger(candidates: readonly Counts[]): Counts[] {
  const kept: { counts: Counts; kinds: number[] }[] = [];
  for (const counts of [...candidates].sort((a, b) => sizeOf(a) - sizeOf(b))) {
    if (kept.length === MAX_CANDIDATES) break;
    if (kept.some(({ kinds }) => kinds.every((kind) => counts[kind] > 0))) continue;
    kept.push({ counts, kinds: counts.flatMap((count, kind) => (count > 0 ? [kind] : [])) });
  }
  return kept.map(({ counts }) => counts);
}

/**
 * The double description method (Motzkin, Raiffa, Thompson, Thrall 1953; Fukuda, Prodon 1996) on the
 * cone of all counts that balance `scales`: one scale after the other, what tips it to one side
 * is combined with what tips it to the other. No more of a kind than `limits` says are combined.
 */
export function balancedSets(limits: Counts, scales: readonly Scale[]): Counts[] {
  let sets: Counts[] = limits.map((_, kind) => limits.map((_, other) => (other === kind ? 1 : 0)));
  for (const scale of scales) {
    const sums = sets.map((counts) => weigh(counts, scale));
    const balanced = sets.filter((_, i) => sums[i] === 0);
    const combined = sets.flatMap((a, i) =>
      sums[i] <= 0
        ? []
        : sets.flatMap((b, j) => (sums[j] >= 0 ? [] : [combine(a, -sums[j], b, sums[i])])),
    );
    if (combined.length === 0 && balanced.length === sets.length) continue;
    const fitting = combined.filter((set) => set.every((count, kind) => count <= limits[kind]));
    sets = withoutLarger([...balanced, ...fitting]);
  }
  return sets;
}

/**
 * `limits` as a sum of balanced sets, as many as can be had; the last may be what was left, which
 * balances too if `limits` do. A set that repeats comes at even distances in between the others.
 */
export function splitIntoBalanced(limits: Counts, scales: readonly Scale[]): Counts[] {
  const left = [...limits];
  const parts: { set: Counts; place: number }[] = [];
  for (const set of balancedSets(limits, scales)) {
    const times = Math.min(
      ...set.flatMap((count, kind) => (count > 0 ? [Math.floor(left[kind] / count)] : [])),
    );
    set.forEach((count, kind) => (left[kind] -= times * count));
    for (let i = 0; i < times; i++) parts.push({ set, place: (i + 0.5) / times });
  }
  const sets = parts.sort((a, b) => a.place - b.place).map(({ set }) => set);
  return left.some((count) => count > 0) ? [...sets, left] : sets;
}
