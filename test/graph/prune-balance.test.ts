/** Balanced sets, found by hand and on random scales. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { balancedSets, splitIntoBalanced } from "../../src/graph/prune/balance.ts";
import type { Scale } from "../../src/graph/prune/balance.ts";

const scale = (...weights: number[]): Scale => new Map(weights.entries());

describe("balancedSets", () => {
  it("takes one of each kind where each group has a kind of its own", () => {
    expect(balancedSets([5, 5, 5], [scale(-1, 1, 0), scale(-1, 0, 1)])).toEqual([[1, 1, 1]]);
  });

  it("leaves kinds alone that all groups have alike", () => {
    expect(balancedSets([3, 2], [scale(0, 0)])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("finds both sets of the first unit of ShuffleNet with 3 groups", () => {
    // 24 channels of the stem, then 3 groups of 72 (b), read as 3 groups of 80 (r); kinds are
    // the stem's, then (b, r) = (0, 0), (0, 1), (1, 1), (1, 2), (2, 2).
    const limits = [24, 56, 16, 64, 8, 72];
    const made = [scale(0, -1, -1, 1, 1, 0), scale(0, -1, -1, 0, 0, 1)];
    const read = [scale(-1, -1, 1, 1, 0, 0), scale(-1, -1, 0, 0, 1, 1)];
    expect(balancedSets(limits, [...made, ...read])).toEqual([
      [0, 1, 0, 1, 0, 1],
      [3, 0, 2, 1, 1, 2],
    ]);
    const parts = splitIntoBalanced(limits, [...made, ...read]);
    expect(parts).toHaveLength(56 + 8);
    // The larger ones come at even distances.
    expect(parts.flatMap((set, i) => (set[0] === 3 ? [i] : []))).toEqual(
      Array.from({ length: 8 }, (_, i) => 8 * i + 4),
    );
  });
});

describe("splitIntoBalanced", () => {
  const groups = fc.array(fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }), {
    minLength: 2,
    maxLength: 3,
  });
  const limits = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 4, maxLength: 4 });

  it("gives parts that balance and add up", () => {
    fc.assert(
      fc.property(groups, limits, ([first, ...others], counts) => {
        // A kind for each group fills what the group is short of.
        const sums = [first, ...others].map((group) =>
          group.reduce((sum, weight, kind) => sum + weight * counts[kind], 0),
        );
        const most = Math.max(...sums) + 1;
        const all = [...counts, ...sums.map((sum) => most - sum)];
        const weights = [first, ...others].map((group, g) => [
          ...group,
          ...sums.map((_, other) => Number(other === g)),
        ]);
        const scales = weights
          .slice(1)
          .map((group) => scale(...group.map((weight, kind) => weight - weights[0][kind])));
        const parts = splitIntoBalanced(all, scales);
        for (const part of parts) {
          for (const each of scales) {
            const sum = part.reduce(
              (total, count, kind) => total + count * (each.get(kind) ?? 0),
              0,
            );
            expect(sum).toBe(0);
          }
        }
        const total = all.map((_, kind) => parts.reduce((sum, part) => sum + part[kind], 0));
        expect(total).toEqual(all);
      }),
    );
  });
});
