/** Sizes beyond what a GPU or the host can hold. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { errorOf } from "../formats/error-of.ts";
import { LOWER_TABLE, numbers, TRAITS } from "./graphs.ts";

/** x of a shape, plus a constant row. */
function addRow(shape: Shape): Graph {
  const builder = new GraphBuilder("row");
  const x = builder.input("x", shape);
  const row = builder.constant(numbers([shape[0], 1]));
  builder.output("y", builder.binary("add", x, row, "sum"));
  return builder.graph;
}

describe("a plan", () => {
  test("is refused for a value that no GPU can hold", () => {
    expect(errorOf(() => compile(addRow([2 ** 20, 2 ** 11]), TRAITS, {}, LOWER_TABLE))).toBe(
      'ShapeError: value "x" of shape 1048576x2048 has 2147483648 elements, expected at most 1073741824',
    );
  });

  test("broadcasts a constant on the GPU where the host would need much memory", () => {
    const bytes = (shape: Shape) => compile(addRow(shape), TRAITS, {}, LOWER_TABLE).weightBytes;
    expect(bytes([3, 5])).toBe(64);
    expect(bytes([3, 2 ** 20])).toBeLessThan(1000);
  });

  test("is refused for an attribute that is no number", () => {
    const builder = new GraphBuilder("slope");
    const y = builder.unary(builder.input("x", [1, 4, 2, 2]), {
      kind: "leakyRelu",
      negativeSlope: NaN,
    });
    builder.output("y", y);
    expect(errorOf(() => compile(builder.graph, TRAITS, {}, LOWER_TABLE))).toBe(
      'GraphError: "unary_0" (elementwise/map): NEGATIVE_SLOPE_0 is NaN, expected a finite float32',
    );
  });

  test("has tiles for maps of any area", () => {
    const builder = new GraphBuilder("area");
    const x = builder.input("x", [1, 1, 2 ** 14, 2 ** 15]);
    const weight = builder.constant(numbers([1, 1, 3, 3]));
    builder.output("y", builder.conv2d(x, weight, null, { padding: [1, 1, 1, 1] }));
    const [, conv] = compile(builder.graph, TRAITS, {}, LOWER_TABLE).dispatches;
    expect(Math.max(...conv.workgroups)).toBeLessThanOrEqual(TRAITS.maxWorkgroupsPerDimension);
  });
});
