/** Which integers a graph may hold when numbers are stored as 16-bit floats. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { checkIntegers } from "../../src/compiler/integers.ts";
import { F16 } from "../../src/f16.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { GraphError } from "../../src/graph/errors.ts";
import { LOWER_TABLE, TRAITS } from "./graphs.ts";

const EXACT = 'but 16-bit floats are exact up to 2048 only: use precision "f32"';

/** A graph with an int32 input `i` and a float32 input `x`, both [2, 3]. */
function graphOf(make: (builder: GraphBuilder, i: Value, x: Value) => Value): Graph {
  const builder = new GraphBuilder("net");
  const i = builder.input("i", [2, 3], "int32");
  const x = builder.input("x", [2, 3]);
  builder.output("y", make(builder, i, x));
  return builder.graph;
}

const integer = (builder: GraphBuilder, ...data: number[]) =>
  builder.constant({ shape: [data.length], dtype: "int32", data: Int32Array.from(data) });

function errorOf(graph: Graph): string | null {
  try {
    checkIntegers(graph);
    return null;
  } catch (error) {
    expect(error).toBeInstanceOf(GraphError);
    return (error as Error).message;
  }
}

const topK = (builder: GraphBuilder, size: number, name: string) => {
  const x = builder.input("wide", [1, size]);
  return builder.apply("topK", [x], { k: 1, axis: 1, largest: true }, name)[1];
};

describe("a graph for 16-bit storage", () => {
  test.each<[string, (builder: GraphBuilder, i: Value, x: Value) => Value]>([
    ["moved integers of the caller", (b, i) => b.transpose(i, [1, 0])],
    ["the lesser of two", (b, i) => b.binary("minimum", i, integer(b, 5))],
    ["a product with 1", (b, i) => b.binary("mul", i, integer(b, 1, -1, 0))],
    ["a quotient", (b, i) => b.binary("div", i, integer(b, 7))],
    ["a remainder", (b, i) => b.binary("remainder", i, integer(b, 7))],
    [
      "floats that are clamped first",
      (b, _, x) =>
        b.op("cast", [b.unary(x, { kind: "clamp", min: 0, max: 2048 })], { to: "int32" }),
    ],
    ["truth values", (b, i, x) => b.op("cast", [b.binary("less", i, x)], { to: "int32" })],
    ["positions in a row of 2049", (b) => topK(b, 2049, "best")],
    [
      "the greatest of each row",
      (b, i) => b.op("reduce", [i], { kind: "max", axes: [1], keepDims: false }),
    ],
  ])("may hold %s", (_, make) => {
    expect(errorOf(graphOf(make))).toBeNull();
  });

  test.each<[string, (builder: GraphBuilder, i: Value, x: Value) => Value, string]>([
    [
      "a sum beyond 2048",
      (b, i) => b.binary("add", i, integer(b, 1), "sum"),
      `binary "sum": "sum" may hold integers up to 2049, ${EXACT}`,
    ],
    [
      "a product beyond 2048",
      (b, i) => b.binary("mul", i, integer(b, 2), "twice"),
      `binary "twice": "twice" may hold integers up to 4096, ${EXACT}`,
    ],
    [
      "a constant beyond 2048",
      (b, i) => b.binary("minimum", i, integer(b, -3000)),
      `"constant_2" may hold integers up to 3000, ${EXACT}`,
    ],
    [
      "floats as integers",
      (b, _, x) => b.op("cast", [x], { to: "int32" }, "ints"),
      `cast "ints": "ints" may hold integers of any size, ${EXACT}`,
    ],
    [
      "positions in a row of 2050",
      (b) => topK(b, 2050, "best"),
      `topK "best": "best:1" may hold integers up to 2049, ${EXACT}`,
    ],
    [
      "the sum of a row",
      (b, i) => b.op("reduce", [i], { kind: "sum", axes: [1], keepDims: false }, "all"),
      `reduce "all": "all" may hold integers up to 6144, ${EXACT}`,
    ],
  ])("may not hold %s", (_, make, message) => {
    expect(errorOf(graphOf(make))).toBe(message);
  });

  test("is checked after the passes, which fold what is known", () => {
    const graph = graphOf((builder, i) => {
      const known = builder.binary("mul", integer(builder, 3000), integer(builder, 3000));
      const less = builder.binary("less", known, integer(builder, 1));
      return builder.op("where", [less, i, builder.unary(i, { kind: "neg" })], {});
    });
    expect(errorOf(graph)).toContain("3000");
    expect(() => compile(graph, TRAITS, { elements: F16 }, LOWER_TABLE)).not.toThrow();
    const cast = graphOf((builder, _, x) => builder.op("cast", [x], { to: "int32" }, "ints"));
    expect(() => compile(cast, TRAITS, { elements: F16 }, LOWER_TABLE)).toThrow(GraphError);
  });
});

describe("an int32 input of a model with 16-bit storage", () => {
  const check = (data: Int32Array | null) => () => F16.checkInput!("i", "int32", data);

  test("may hold what 16-bit floats hold", () => {
    expect(check(Int32Array.of(-2048, 0, 2048))).not.toThrow();
    expect(() => F16.checkInput!("x", "float32", Float32Array.of(1e9))).not.toThrow();
  });

  test("may not hold more, nor come where nobody has seen it", () => {
    expect(check(Int32Array.of(1, -2049))).toThrow(
      new GraphError(`input "i" is int32 and holds -2049, ${EXACT}`),
    );
    expect(check(null)).toThrow(
      new GraphError(`input "i" is int32 and comes in a GPU buffer, ${EXACT}`),
    );
  });
});
