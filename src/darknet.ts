/** Reads a Darknet network: its `.cfg`, and its `.weights` beside it. */
import { darknetNetwork } from "./blocks/darknet/network.ts";
import type { DarknetOptions } from "./blocks/darknet/network.ts";
import { parseDarknetCfg } from "./formats/darknet/cfg.ts";
import { parseDarknetWeights } from "./formats/darknet/weights.ts";
import type { Graph } from "./graph/graph.ts";
import { bindWeights } from "./graph/weights.ts";

/**
 * The graph of a Darknet configuration with the numbers of its weights file.
 * @param cfg the text of the `.cfg` file
 * @param weights the bytes of the `.weights` file; null leaves the parameters open
 * @throws FormatError when a line, layer or option of the configuration is not supported
 * @throws WeightsError when the weights file has another size than the network needs
 */
export function parseDarknet(
  cfg: string,
  weights: Uint8Array | null,
  options: DarknetOptions = {},
): Graph {
  const name = options.name ?? "model.cfg";
  const graph = darknetNetwork(parseDarknetCfg(cfg, name), { ...options, name });
  if (weights === null) return graph;
  const file = name.replace(/\.cfg$/, "") + ".weights";
  return bindWeights(graph, parseDarknetWeights(weights, graph, file), file);
}
