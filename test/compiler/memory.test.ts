/** The arena: nothing that lives at once overlaps, and little is wasted. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import { planMemory } from "../../src/compiler/memory.ts";
import type { ArenaRange, Plan } from "../../src/compiler/plan.ts";
import { Storage } from "../../src/compiler/storage.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { buildRecipe, recipes } from "../gpu/random-graph.ts";
import { LOWER_TABLE, TRAITS } from "./graphs.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const STEPS = 12;

/** [size, first step, last step] */
type Life = readonly [number, number, number];

const lives: fc.Arbitrary<Life[]> = fc.array(
  fc
    .tuple(fc.integer({ min: 1, max: 50 }), fc.nat({ max: STEPS - 1 }), fc.nat({ max: STEPS - 1 }))
    .map(([size, a, b]) => [size, Math.min(a, b), Math.max(a, b)] as const),
  { maxLength: 20 },
);

function storagesOf(list: readonly Life[]): Storage[] {
  return list.map(([size, first, last], i) => {
    const storage = new Storage(`s${i}`, size);
    storage.touch(first);
    storage.touch(last);
    return storage;
  });
}

/** The sum of sizes at the step where it is greatest. */
function mostLive(list: readonly Life[]): number {
  const at = (step: number): number =>
    list.reduce(
      (sum, [size, first, last]) => (first <= step && step <= last ? sum + size : sum),
      0,
    );
  return Math.max(0, ...Array.from({ length: STEPS }, (_, step) => at(step)));
}

const overlaps = (a: number, sizeA: number, b: number, sizeB: number): boolean =>
  a < b + sizeB && b < a + sizeA;

describe("planMemory", () => {
  test("gives no two storages that live at once the same place", () => {
    fc.assert(
      fc.property(lives, (list) => {
        const storages = storagesOf(list);
        const { size } = planMemory(storages, STEPS);
        for (const [i, a] of storages.entries()) {
          expect(a.offset).toBeGreaterThanOrEqual(0);
          expect(a.offset + a.size).toBeLessThanOrEqual(size);
          for (const b of storages.slice(i + 1)) {
            const together = a.first <= b.last && b.first <= a.last;
            if (together) expect(overlaps(a.offset, a.size, b.offset, b.size)).toBe(false);
          }
        }
      }),
      { seed: 1 },
    );
  });

  test("knows the least size that any plan can have", () => {
    fc.assert(
      fc.property(lives, (list) => {
        const { size, lowerBound } = planMemory(storagesOf(list), STEPS);
        expect(lowerBound).toBe(mostLive(list));
        expect(size).toBeGreaterThanOrEqual(lowerBound);
      }),
      { seed: 1 },
    );
  });

  test("lays the values of a chain into two places", () => {
    const chain = storagesOf([
      [10, 0, 1],
      [20, 1, 2],
      [10, 2, 3],
      [20, 3, 4],
    ]);
    expect(planMemory(chain, 5)).toEqual({ size: 30, lowerBound: 30 });
    expect(chain.map(({ offset }) => offset)).toEqual([20, 0, 20, 0]);
  });

  test("tries other orders where the largest first wastes", () => {
    // The two of size 1 must lie at different ends, or they leave no 3 in one piece.
    const storages = storagesOf([
      [3, 1, 1],
      [1, 1, 2],
      [3, 4, 4],
      [1, 2, 4],
    ]);
    expect(planMemory(storages, 5)).toEqual({ size: 4, lowerBound: 4 });
    expect(Math.abs(storages[1].offset - storages[3].offset)).toBe(3);
  });

  test("keeps inputs from before the first step, and outputs to the end", () => {
    const [input, output, middle] = [0, 1, 2].map((i) => new Storage(`s${i}`, 8));
    input.touch(-1);
    input.touch(0);
    output.touch(0);
    output.touch(Infinity);
    middle.touch(1);
    expect(planMemory([input, output, middle], 2)).toEqual({ size: 16, lowerBound: 16 });
    expect(output.offset).not.toBe(middle.offset);
  });

  test("leaves out what nothing touches", () => {
    expect(planMemory([new Storage("unused", 100)], 3)).toEqual({ size: 0, lowerBound: 0 });
  });
});

/** Every range lies in an allocation that lives at that dispatch, and what is written is not read. */
function expectSoundPlan({ dispatches, allocations, arenaBytes, lowerBoundBytes }: Plan): void {
  expect(arenaBytes).toBeGreaterThanOrEqual(lowerBoundBytes);
  for (const [i, a] of allocations.entries()) {
    expect(a.offset + a.bytes).toBeLessThanOrEqual(arenaBytes);
    for (const b of allocations.slice(i + 1)) {
      if (a.first <= b.last && b.first <= a.last) {
        expect(overlaps(a.offset, a.bytes, b.offset, b.bytes), `${a.name}, ${b.name}`).toBe(false);
      }
    }
  }
  const isAllocated = ({ offset, bytes }: ArenaRange, at: number): boolean =>
    allocations.some(
      ({ offset: start, bytes: length, first, last }) =>
        first <= at && at <= last && start <= offset && offset + bytes <= start + length,
    );
  for (const [at, { label, reads, writes }] of dispatches.entries()) {
    for (const range of [...reads, ...writes]) {
      expect(isAllocated(range, at), `${label}: ${range.value}`).toBe(true);
    }
  }
}

describe("a compiled plan", () => {
  test("touches only what is allocated to it, for random networks", () => {
    fc.assert(
      fc.property(recipes, (recipe) =>
        expectSoundPlan(compile(buildRecipe(recipe), TRAITS, {}, LOWER_TABLE)),
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test.each(["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small"])(
    "of %s takes no more than what lives at once",
    (id) => {
      const graph = network(id);
      const bound = bindWeights(graph, syntheticWeights(graph), "formula");
      const plan = compile(bound, TRAITS, {}, LOWER_TABLE);
      expectSoundPlan(plan);
      expect(plan.arenaBytes).toBeLessThanOrEqual(1.05 * plan.lowerBoundBytes);
    },
    60_000,
  );
});
