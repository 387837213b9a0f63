/** The arena of every network of the registry is as small as what lives at once allows. */
import { expect, test } from "vitest";
import { NETWORKS, network } from "../../src/blocks/networks.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { planOf } from "./graphs.ts";

/** Zeros are enough: plans depend on shapes only. */
function withZeros(graph: Graph): Graph {
  const parameters = listParameters(graph);
  const most = Math.max(...parameters.map(({ shape }) => sizeOf(shape)));
  const zeros = new Float32Array(most);
  const weights = parameters.map(({ parameter, shape }) => {
    const data = zeros.subarray(0, sizeOf(shape));
    return [parameter!, { shape, dtype: "float32", data }] as const;
  });
  return bindWeights(graph, new Map(weights), "zeros");
}

test.each(NETWORKS.map(({ id }) => id))(
  "the arena of %s takes at most 1.1 times what lives at once",
  { tags: ["slow"], timeout: 60_000 },
  (id) => {
    const { arenaBytes, lowerBoundBytes } = planOf(withZeros(network(id)));
    expect(lowerBoundBytes).toBeGreaterThan(0);
    expect(arenaBytes).toBeLessThanOrEqual(1.1 * lowerBoundBytes);
  },
);
