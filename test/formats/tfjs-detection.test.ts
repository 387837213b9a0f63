/** NonMaxSuppression of TensorFlow.js, versions 2 to 5. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { errorOf } from "./error-of.ts";
import { parse } from "./tfjs-model.ts";
import type { NodeSpec } from "./tfjs-model.ts";

const FEEDS = {
  boxes: tensor([4, 4], Float32Array.of(0, 0, 4, 1, 1, 0, 5, 1, 2, 0, 6, 1, 4, 0, 8, 1)),
  scores: tensor([4], Float32Array.of(0.75, 0.8, 0.7, 0.25)),
};

const number = (value: number) => ({ shape: [], data: [value] });

function graphOf(version: number, node: NodeSpec, outputs: readonly string[]) {
  return parse(
    {
      inputs: { boxes: [4, 4], scores: [4] },
      constants: { six: 6, huge: 70000, half: number(0.5), low: number(0.3), zero: number(0) },
      nodes: { n: node },
      outputs: Object.fromEntries(outputs.map((name, i) => [`y${i}`, name])),
    },
    { name: `v${version}.json` },
  );
}

/** The outputs of one node, each as its numbers. */
function run(version: number, inputs: string[], padded: boolean, count: number): number[][] {
  const attributes: Record<string, boolean> = padded ? { pad_to_max_output_size: true } : {};
  const node: NodeSpec = [
    `NonMaxSuppressionV${version}`,
    ["boxes", "scores", "six", ...inputs],
    attributes,
  ];
  const names = ["n", "n:1", "n:2"].slice(0, count);
  const outputs = evaluateGraph(graphOf(version, node, names), FEEDS);
  return names.map((_, i) => [...outputs[`y${i}`].data]);
}

const rounded = (lists: number[][]) =>
  lists.map((list) => list.map((x) => Math.round(x * 100) / 100));

describe("NonMaxSuppression", () => {
  test("V2 selects by overlap", () => {
    expect(run(2, ["half"], false, 1)).toEqual([[1, 3]]);
  });
  test("V3 selects by overlap and score", () => {
    expect(run(3, ["half", "low"], false, 1)).toEqual([[1]]);
  });
  test("V4 tells how many boxes there are", () => {
    expect(run(4, ["half", "low"], false, 2)).toEqual([[1], [1]]);
  });
  test("V4 is filled with zeros", () => {
    expect(run(4, ["half", "zero"], true, 2)).toEqual([[1, 3, 0, 0, 0, 0], [2]]);
  });
  test("V5 gives scores", () => {
    const inputs = ["half", "zero", "zero"];
    expect(rounded(run(5, inputs, false, 3))).toEqual([[1, 3], [0.8, 0.25], [2]]);
    expect(rounded(run(5, inputs, true, 3))).toEqual([
      [1, 3, 0, 0, 0, 0],
      [0.8, 0.25, 0, 0, 0, 0],
      [2],
    ]);
  });
  test.each<[string, NodeSpec, string]>([
    [
      "soft suppression",
      ["NonMaxSuppressionV5", ["boxes", "scores", "six", "half", "low", "half"]],
      "has a soft_nms_sigma, expected 0",
    ],
    [
      "an absurd padding",
      [
        "NonMaxSuppressionV4",
        ["boxes", "scores", "huge", "half", "low"],
        { pad_to_max_output_size: true },
      ],
      "is padded to 70000, expected at most 65536",
    ],
    [
      "a size that depends on the data",
      ["NonMaxSuppressionV3", ["boxes", "scores", "scores", "half", "low"]],
      "needs a constant as input 2",
    ],
  ])("rejects %s", (_, node, problem) => {
    expect(errorOf(() => graphOf(5, node, ["n"]))).toBe(
      `FormatError: tfjs "v5.json": node 7 "${node[0]}" (n) ${problem}`,
    );
  });
});
