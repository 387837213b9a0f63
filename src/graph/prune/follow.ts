/** Follows channels from the layers that make them through a whole graph (blocks.md A20). */
import type { OperatorName } from "../attributes.ts";
import { WeightsError } from "../errors.ts";
import type { Graph, NodeOf } from "../graph.ts";
import { outputValues } from "../rewrite.ts";
import { listParameters } from "../weights.ts";
import { broadcast, planes, pointwise } from "./elementwise.ts";
import { Follower } from "./follower.ts";
import { alongAxis, concat, expand, pad, reduce, reshape, slice, transpose } from "./structural.ts";
import { batchNorm, weighted } from "./weighted.ts";

/** How channels pass an operator. The channels that enter any other operator stay. */
const RULES: { readonly [K in OperatorName]?: (node: NodeOf<K>, follower: Follower) => void } = {
  conv2d: weighted,
  convTranspose2d: weighted,
  linear: weighted,
  batchNorm,
  unary: pointwise,
  cast: pointwise,
  maxPool2d: planes,
  maxPool2dWithIndices: planes,
  averagePool2d: planes,
  adaptivePool2d: planes,
  globalAveragePool: planes,
  resize: planes,
  gridSample: planes,
  binary: broadcast,
  where: broadcast,
  prelu: broadcast,
  maxUnpool2d: broadcast,
  concat,
  slice,
  pad,
  reshape,
  transpose,
  expand,
  reduce,
  softmax: alongAxis,
  layerNorm: alongAxis,
  topK: alongAxis,
};

/**
 * Which channels every value has, and which belong together.
 * @throws WeightsError when a parameter is not bound
 */
export function followChannels(graph: Graph): Follower {
  const unbound = listParameters(graph).find(({ constant }) => !constant);
  if (unbound) {
    throw new WeightsError(
      `prune: parameter "${unbound.parameter}" has no weights; bind them to the graph first`,
    );
  }
  const follower = new Follower(graph);
  for (const node of graph.nodes) {
    const rule = RULES[node.op] as ((node: never, follower: Follower) => void) | undefined;
    if (rule) rule(node as never, follower);
    else for (const input of node.inputs) follower.pin(input);
  }
  for (const value of outputValues(graph)) follower.pin(value);
  return follower;
}
