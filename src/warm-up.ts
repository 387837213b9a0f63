/** Starts the pipelines of a network while its weights are still on their way. */
import type { Device } from "./gpu/device.ts";
import { createPipelines } from "./gpu/prepare.ts";
import type { Graph } from "./graph/graph.ts";
import { sizeOf } from "./graph/tensor.ts";
import { bindWeights, listParameters } from "./graph/weights.ts";
import { planModel } from "./plan-model.ts";
import type { ModelPlanOptions } from "./plan-model.ts";

/**
 * Plans the graph with numbers in the place of its weights, on which no shader depends, and asks
 * for its pipelines; gives up when the weights have come first. What fails here is told when the
 * model itself asks for it.
 */
export async function warmUp(
  graph: Graph,
  opening: Promise<Device>,
  options: ModelPlanOptions,
  weights: Promise<unknown>,
): Promise<void> {
  let haveCome = false;
  const come = (): void => void (haveCome = true);
  weights.then(come, come);
  try {
    const device = await opening;
    if (haveCome) return;
    const { plan, bufferCopies } = await planModel(withNumbers(graph), device, options);
    bufferCopies?.dispose?.();
    await createPipelines(device, plan, {});
  } catch {
    return;
  }
}

/** All parameters share one array, in which no two neighbours are alike and none is zero. */
function withNumbers(graph: Graph): Graph {
  const parameters = listParameters(graph);
  const most = Math.max(0, ...parameters.map(({ shape }) => sizeOf(shape)));
  const numbers = new Float32Array(most).map((_, i) => 1 + (i % 7) / 8);
  const tensors = parameters.map(({ parameter, name, shape }) => {
    const data = numbers.subarray(0, sizeOf(shape));
    return [parameter ?? name, { shape, dtype: "float32", data }] as const;
  });
  return bindWeights(graph, new Map(tensors), "placeholders");
}
