/** Each block against its fixture: sizes, weight names, and the output of the reference code. */
import { describe, expect, it } from "vitest";
import { convAct } from "../../src/blocks/layers.ts";
import { makeDivisible } from "../../src/blocks/make-divisible.ts";
import { Scope } from "../../src/blocks/scope.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { formatShape } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { BLOCK_GOLDENS, relativeError } from "../goldens.ts";
import { BLOCKS, buildBlock } from "./fixtures.ts";

it("there is a block for every fixture", () => {
  expect(Object.keys(BLOCKS).sort()).toEqual(Object.keys(BLOCK_GOLDENS).sort());
});

describe.each(Object.entries(BLOCK_GOLDENS))("%s", (id, fixture) => {
  it("has the parameters, MACs and weight names of the reference code", () => {
    const graph = buildBlock(id);
    expect(countParameters(graph)).toBe(fixture.params);
    expect(countMacs(graph)).toBe(fixture.macs);
    expect(
      listParameters(graph).map(({ parameter, shape }) => `${parameter} ${formatShape(shape)}`),
    ).toEqual(fixture.keys);
  });

  const { golden } = fixture;
  if (golden) {
    it("computes the output of the reference code", () => {
      const graph = buildBlock(id);
      const bound = bindWeights(graph, syntheticWeights(graph), "formula");
      const outputs = evaluateGraph(bound, { x: syntheticInput(fixture.input) });
      expect(relativeError(outputs, golden)).toBeLessThan(1e-5);
    });
  }
});

describe("layers", () => {
  it("pad a dilated convolution of stride 1 so that the size stays", () => {
    const builder = new GraphBuilder("dilated");
    const x = builder.input("x", [1, 4, 9, 7]);
    const options = { outChannels: 6, kernel: 3, dilation: 2, groups: 2, activation: null };
    const y = convAct(new Scope(builder, { path: "layer" }), x, options);
    expect(y.shape).toEqual([1, 6, 9, 7]);
    const keys = listParameters(builder.graph).map(({ parameter, shape }) => [parameter, shape]);
    expect(keys).toEqual([
      ["layer.weight", [6, 2, 3, 3]],
      ["layer.bias", [6]],
    ]);
  });
});

describe("makeDivisible", () => {
  // 24 * 0.75 = 18 would lose 11 % at 16, so it goes up.
  it.each([
    [18, 8, 24],
    [32, 8, 32],
    [12, 8, 16],
    [11, 8, 16],
    [9, 8, 16],
    [3, 8, 8],
    [44.8, 8, 48],
    [5, 4, 8],
    [29.5, 8, 32],
    [43, 8, 40],
  ])("rounds %d to a multiple of %d: %d", (channels, divisor, rounded) => {
    expect(makeDivisible(channels, divisor)).toBe(rounded);
  });
});
