/** Whole networks against the outputs of the reference implementations. */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { NETWORK_GOLDENS, compareWithGolden } from "../goldens.ts";
import type { Golden } from "../goldens.ts";

const WITH_GOLDEN = Object.entries(NETWORK_GOLDENS).flatMap(([id, { input, golden }]) =>
  golden ? [{ id, input, golden }] : [],
);

describe("networks in float64", () => {
  it.each(WITH_GOLDEN)(
    "$id computes the logits of the reference implementation",
    ({ id, input, golden }) => {
      const graph = network(id);
      const bound = bindWeights(graph, syntheticWeights(graph), "formula");
      const { logits } = evaluateGraph(bound, { input: syntheticInput(input) });
      const { maxError, maxAbs } = compareWithGolden(logits, golden);
      expect(maxError).toBeLessThan(1e-5 * maxAbs);
    },
    300_000,
  );
});

describe("compareWithGolden", () => {
  const golden: Golden = {
    shape: [1, 4],
    sum: 2,
    l2: Math.sqrt(30),
    max: 4,
    min: -3,
    samples: [
      [0, 4],
      [2, -1],
    ],
  };
  const output = (...numbers: number[]): Tensor => ({
    shape: [1, 4],
    dtype: "float32",
    data: Float32Array.from(numbers),
  });

  it("finds no error in the golden itself", () => {
    expect(compareWithGolden(output(4, 2, -1, -3), golden)).toEqual({ maxError: 0, maxAbs: 4 });
  });

  it("finds an error in a sample", () => {
    expect(compareWithGolden(output(4, 2, -1.5, -3), golden).maxError).toBeCloseTo(0.5);
  });

  it("finds an error between the samples by the statistics", () => {
    expect(compareWithGolden(output(4, 3, -1, -3), golden).maxError).toBeGreaterThan(0.2);
    expect(compareWithGolden(output(4, -2, -1, -3), golden).maxError).toBeCloseTo(1);
  });

  it("takes NaN for an infinite error", () => {
    expect(compareWithGolden(output(4, NaN, -1, -3), golden).maxError).toBe(Infinity);
  });

  it("throws when the shape is another", () => {
    const flat = { ...output(4, 2, -1, -3), shape: [4] };
    expect(() => compareWithGolden(flat, golden)).toThrow(
      "golden: output has shape 4, expected 1x4",
    );
  });
});
