/** Whole graphs on the reference: order, float64 mode, what is reported and what is wrong. */
import { describe, expect, it } from "vitest";
import { GraphError, ShapeError, WeightsError } from "../../src/graph/errors.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { evaluateGraph, evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";
import { floats } from "./apply.ts";

/** y = (x + 2^30) - 2^30, and x itself: float32 loses what float64 keeps. */
function bigAndBack() {
  const builder = new GraphBuilder("big");
  const x = builder.input("x", [2]);
  const big = builder.constant(floats([], [2 ** 30]), "big");
  const sum = builder.binary("add", x, big, "sum");
  builder.output("y", builder.binary("sub", sum, big, "back"));
  builder.output("same", x);
  return builder.graph;
}

describe("evaluateGraph", () => {
  const x = floats([2], [1, 0.25]);

  it("rounds to float32 after each node", () => {
    expect(evaluateGraph(bigAndBack(), { x })).toEqual({ y: floats([2], [0, 0]), same: x });
  });
  it("keeps float64 from node to node where asked", () => {
    expect(evaluateGraphInFloat64(bigAndBack(), { x })).toEqual({ y: x, same: x });
  });
  it("reports each node with its outputs, in order", () => {
    const seen: string[] = [];
    evaluateGraph(bigAndBack(), { x }, (node, [output]) => {
      seen.push(`${node.name} ${output.dtype} ${[...output.data].join(" ")}`);
    });
    expect(seen).toEqual(["sum float32 1073741824 1073741824", "back float32 0 0"]);
  });
  it("reads one value many times, also twice in a node", () => {
    const builder = new GraphBuilder("twice");
    const input = builder.input("x", [2]);
    const square = builder.binary("mul", input, input);
    builder.output("a", square);
    builder.output("b", square);
    builder.output("c", builder.binary("add", square, input));
    const { a, b, c } = evaluateGraph(builder.graph, { x: floats([2], [2, 3]) });
    expect([a, b, c]).toEqual([floats([2], [4, 9]), floats([2], [4, 9]), floats([2], [6, 12])]);
  });
  it("says which input is missing", () => {
    expect(() => evaluateGraph(bigAndBack(), {})).toThrow(
      new GraphError('graph "big": input "x" is missing'),
    );
  });
  it("says which shape an input should have", () => {
    expect(() => evaluateGraph(bigAndBack(), { x: floats([3], [1, 2, 3]) })).toThrow(
      new ShapeError('graph "big": input "x" has shape 3, expected 2'),
    );
  });
  it("says which parameter has no weights", () => {
    const builder = new GraphBuilder("net");
    const input = builder.input("x", [2]);
    const scale = builder.parameter("head.scale", [2]);
    builder.output("y", builder.binary("mul", input, scale, "head"));
    expect(() => evaluateGraph(builder.graph, { x })).toThrow(
      new WeightsError('binary "head": parameter "head.scale" has no weights'),
    );
  });
  it("says which value is read before it is computed", () => {
    const graph = bigAndBack();
    graph.nodes.reverse();
    expect(() => evaluateGraph(graph, { x })).toThrow(
      new GraphError('binary "back": value "sum" is not computed before'),
    );
  });
});
