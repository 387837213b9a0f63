/**
 * Whole networks against the outputs of the reference implementations.
 * @module-tag slow
 */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { NETWORK_GOLDENS, compareWithGolden, relativeError } from "../goldens.ts";
import type { Golden } from "../goldens.ts";

/** Float64 in plain loops is slow; `npm run test:networks` runs the others on the GPU. */
const MOST_MACS = 0.15e9;

const WITH_GOLDEN = Object.entries(NETWORK_GOLDENS).flatMap(([id, { input, macs, golden }]) =>
  golden && macs < MOST_MACS ? [{ id, input, golden }] : [],
);

describe("networks in float64", () => {
  it.each(WITH_GOLDEN)(
    "$id computes the logits of the reference implementation",
    ({ id, input, golden }) => {
      const graph = network(id);
      const bound = bindWeights(graph, syntheticWeights(graph), "formula");
      const outputs = evaluateGraph(bound, { input: syntheticInput(input) });
      expect(relativeError(outputs, golden)).toBeLessThan(1e-5);
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

describe("relativeError", () => {
  const golden = (max: number): Golden => ({
    shape: [1, 1],
    sum: max,
    l2: max,
    max,
    min: max,
    samples: [[0, max]],
  });
  const output = (x: number): Tensor => ({
    shape: [1, 1],
    dtype: "float32",
    data: Float32Array.of(x),
  });

  it("is that of the worst output, of those that have a golden", () => {
    const outputs = { a: output(4), b: output(9), c: output(100) };
    expect(relativeError(outputs, [golden(4), golden(10)])).toBeCloseTo(0.1);
    expect(relativeError(outputs, golden(4))).toBe(0);
  });

  it("needs an output for each golden", () => {
    expect(() => relativeError({ a: output(4) }, [golden(4), golden(10)])).toThrow(
      "golden: 1 outputs, expected 2",
    );
  });
});
