/** Small models that the tests of runs and errors share. */
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Shape } from "../../src/graph/tensor.ts";

/** A graph from its inputs, by name, to its outputs, by name. */
export function buildGraph(
  inputs: Readonly<Record<string, Shape>>,
  make: (builder: GraphBuilder, ...values: Value[]) => Readonly<Record<string, Value>>,
  name = "net",
): Graph {
  const builder = new GraphBuilder(name);
  const values = Object.entries(inputs).map(([input, shape]) => builder.input(input, shape));
  for (const [output, value] of Object.entries(make(builder, ...values))) {
    builder.output(output, value);
  }
  return builder.graph;
}

/** A 3 x 3 convolution of x to 5 channels, named `y`. */
export function convolution(input: Shape, name = "net"): Graph {
  return buildGraph(
    { x: input },
    (builder, x) => {
      const weight = builder.constant(syntheticInput([5, input[1], 3, 3]));
      return { y: builder.conv2d(x, weight, null, { padding: [1, 1, 1, 1] }) };
    },
    name,
  );
}

/** The sum of a and b. */
export function sum(shape: Shape): Graph {
  return buildGraph({ a: shape, b: shape }, (builder, a, b) => ({
    y: builder.binary("add", a, b),
  }));
}
