/** How far the outputs of two graphs are apart. */
import type { Graph } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraphInFloat64 } from "../../src/reference/evaluate.ts";

/** The greatest difference, as a part of the greatest magnitude of `expected`'s outputs. */
export function differenceOf(
  actual: Graph,
  expected: Graph,
  inputs: Record<string, Tensor>,
): number {
  const [got, wanted] = [actual, expected].map((graph) => evaluateGraphInFloat64(graph, inputs));
  const differences = Object.entries(wanted).map(([name, { shape, data }]) => {
    if (got[name].shape.join() !== shape.join()) return Infinity;
    const most = Math.max(...Array.from(data, Math.abs));
    const error = Math.max(...Array.from(data, (x, i) => Math.abs(x - got[name].data[i])));
    return error === 0 ? 0 : error / most;
  });
  return Math.max(...differences);
}
