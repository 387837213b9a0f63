/** Builds and evaluates a block without a fixture. */
import { Scope } from "../../src/blocks/scope.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";

/** A graph from x to y. */
export function graphOf(shape: Shape, block: (scope: Scope, x: Value) => Value): Graph {
  const builder = new GraphBuilder("block");
  builder.output("y", block(new Scope(builder), builder.input("x", shape)));
  return builder.graph;
}

/** The output in float64, with weights by formula unless others are given. */
export function outputOf(
  graph: Graph,
  x: Tensor = syntheticInput(graph.inputs[0].shape),
  weights: ReadonlyMap<string, Tensor> = syntheticWeights(graph),
): Tensor {
  return evaluateGraph(bindWeights(graph, weights, "given"), { x }).y;
}
