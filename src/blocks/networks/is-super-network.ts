/** Tells the weights of a Once-for-All super-network, so that pages load what reads them when needed. */
import type { Tensor } from "../../graph/tensor.ts";

/** Whether tensors have the names that only the elastic layers of a super-network give. */
export function isSuperNetwork(weights: ReadonlyMap<string, Tensor>): boolean {
  return [...weights.keys()].some((key) => /\.bn\.bn\.|\dto\d_matrix$/.test(key));
}
