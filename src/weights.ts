/** Fills the parameters of a network from a file, from tensors or by formula. */
import { isSuperNetwork } from "./blocks/networks/is-super-network.ts";
import { readBytes } from "./formats/fetch.ts";
import type { ReadOptions } from "./formats/fetch.ts";
import { parseSafetensors } from "./formats/safetensors.ts";
import type { Graph } from "./graph/graph.ts";
import { syntheticWeights } from "./graph/synthetic.ts";
import type { Tensor } from "./graph/tensor.ts";
import { bindWeights } from "./graph/weights.ts";

/**
 * Tensors by `state_dict` name; a safetensors file, or where it is; or "synthetic", the formula
 * weights of the test networks. Those of a Once-for-All super-network serve its sub-networks.
 */
export type Weights = string | URL | Uint8Array | ReadonlyMap<string, Tensor>;

/** The graph with its parameters filled. @throws WeightsError when a tensor is missing or mis-shaped */
export async function withWeights(
  graph: Graph,
  weights: Weights,
  options: ReadOptions = {},
): Promise<Graph> {
  if (weights === "synthetic") {
    return bindWeights(graph, syntheticWeights(graph), "formula weights");
  }
  if (weights instanceof Uint8Array) {
    return bindNamed(graph, parseSafetensors(weights), "the given file");
  }
  if (typeof weights !== "string" && !(weights instanceof URL)) {
    return bindNamed(graph, weights, "the given tensors");
  }
  const address = String(weights);
  const name = address.split(/[/\\]/).at(-1) ?? address;
  const bytes = await readBytes(address, options);
  return bindNamed(graph, parseSafetensors(bytes, name), name);
}

/** Of a super-network's weights a sub-network takes its part. */
async function bindNamed(
  graph: Graph,
  weights: ReadonlyMap<string, Tensor>,
  source: string,
): Promise<Graph> {
  if (!isSuperNetwork(weights)) return bindWeights(graph, weights, source);
  const { subNetworkWeights } = await import("./blocks/networks/super-network.ts");
  return bindWeights(graph, subNetworkWeights(graph, weights, source), source);
}
