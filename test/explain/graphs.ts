/** Small networks whose compilation the tests look at. */
import { network } from "../../src/blocks/networks.ts";
import { openDevice } from "../../src/gpu/device.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { batchNorm, conv } from "../compiler/graphs.ts";
import { buildGraph } from "../gpu/small-models.ts";

export const device: Device = await openDevice();

/** A convolution with batch norm and an activation, and one with a residual; a name to escape. */
export const residual: Graph = buildGraph(
  { x: [1, 8, 6, 5] },
  (builder, x) => {
    const expanded = conv(builder, x, { out: 12, name: 'expand <b>&"' });
    const active = builder.unary(batchNorm(builder, expanded), { kind: "relu6" }, "act");
    const projected = conv(builder, active, { out: 8, name: "project" });
    return { y: builder.binary("add", projected, x, "sum") };
  },
  "block",
);

export function named(id: string): Graph {
  const graph = network(id);
  return bindWeights(graph, syntheticWeights(graph), "formula");
}
