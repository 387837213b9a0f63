/** Top-k: both dispatches, against the reference; it must be exact. */
import { describe, expect, test } from "vitest";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { topKChunkBest } from "../../src/shaders/topk/chunk-best.ts";
import type { TopKSpec } from "../../src/shaders/topk/rows.ts";
import { topKScratch, topKSelect } from "../../src/shaders/topk/select.ts";
import { applyAll, floats, noise } from "../reference/apply.ts";
import { runKernel } from "../gpu/run-kernel.ts";
import { Arena, compare, DEVICES } from "./arena.ts";

async function checkTopK(
  input: Tensor,
  attributes: { axis: number; k: number; largest: boolean },
  traits: Partial<DeviceTraits>,
): Promise<void> {
  const { axis, k } = attributes;
  const [values, indices] = applyAll("topK", [input], attributes);
  const arena = new Arena();
  const scratch = arena.flat([topKScratch(input.shape, axis, k)]);
  const spec: TopKSpec = {
    x: arena.flat(input.shape, input),
    values: arena.flat(values.shape),
    indices: arena.flat(indices.shape),
    scratch,
    ...attributes,
  };
  const before = arena.data();
  const bests = await runKernel({ kernel: topKChunkBest, spec, arena: before, traits });
  const after = await runKernel({ kernel: topKSelect, spec, arena: bests, traits });
  // What the scratch holds is nobody's business.
  after.set(before.subarray(scratch.offset, scratch.offset + scratch.shape[0]), scratch.offset);
  const expected = [
    [spec.values, values],
    [spec.indices, floats(indices.shape, [...indices.data])],
  ] as const;
  compare(before, after, { expected, tolerance: 0 });
}

const CASES: readonly (readonly [shape: Shape, axis: number, k: number])[] = [
  [[1], 0, 1],
  [[7], 0, 7],
  [[5, 3], 1, 2],
  [[2, 1000], 1, 5],
  [[3, 70, 4], 1, 9],
  [[6, 2, 3], 0, 6],
  [[1, 20011], 1, 100],
];

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(
    CASES.flatMap(([shape, axis, k]) =>
      [true, false].map(
        (largest) =>
          [
            `${k} ${largest ? "greatest" : "least"}`,
            shape.join("x"),
            axis,
            shape,
            k,
            largest,
          ] as const,
      ),
    ),
  )("top-k finds the %s of x=%s on axis %i", async (_k, _x, axis, shape, k, largest) => {
    await checkTopK(noise(shape, 1), { axis, k, largest }, traits);
  });

  test("top-k takes the lower index of equal values first", async () => {
    const numbers = Array.from({ length: 300 }, (_, i) => ((i * 7) % 5) - 2);
    for (const largest of [true, false]) {
      await checkTopK(floats([300], numbers), { axis: 0, k: 150, largest }, traits);
    }
  });

  test("top-k orders infinities, denormals and both zeros", async () => {
    const numbers = [0, -0, 1e-40, -1e-40, -Infinity, 3e38, Infinity, -0, 0, -3e38];
    for (const largest of [true, false]) {
      await checkTopK(floats([10], numbers), { axis: 0, k: 10, largest }, traits);
    }
  });
});

test("top-k of 1310720 numbers is exact", { tags: ["slow"] }, async () => {
  const input = noise([1, 1310720], 2);
  await checkTopK(input, { axis: 1, k: 100, largest: true }, {});
});

test("top-k needs scratch of about the square root of a row", () => {
  expect(topKScratch([2, 10000], 1, 5)).toBe(2 * 2 * 400);
  expect(topKScratch([3, 1], 1, 1)).toBe(2 * 3);
});
