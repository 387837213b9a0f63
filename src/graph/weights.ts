/** Lists the parameters of a graph and fills them, by name, from the tensors of a weights file. */
import { WeightsError } from "./errors.ts";
import type { Graph, Value } from "./graph.ts";
import { nearestName } from "./nearest.ts";
import { cloneGraph } from "./rewrite.ts";
import { formatShape, sameShape } from "./tensor.ts";
import type { Shape, Tensor } from "./tensor.ts";

/**
 * The parameters of a graph that its nodes read, in the order in which the builder made them: for
 * a block graph the order of the reference implementation's `state_dict`.
 */
export function listParameters(graph: Graph): Value[] {
  const parameters = new Set<Value>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input && input.parameter !== null) parameters.add(input);
    }
  }
  return [...parameters].sort((a, b) => a.id - b.id);
}

/** Linear layers and 1x1 convolutions hold the same numbers: [o, i] and [o, i, 1, 1]. */
function isSameMatrix(a: Shape, b: Shape): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short.length === 2 && sameShape([...short, 1, 1], long);
}

function missing(key: string, weights: ReadonlyMap<string, Tensor>, source: string): WeightsError {
  const nearest = nearestName(key, weights.keys());
  return new WeightsError(
    `weights: "${key}" is missing from ${source}; ${weights.size} tensors found` +
      (nearest === null ? "" : `, nearest "${nearest}"`),
  );
}

function tensorFor(
  key: string,
  shape: Shape,
  weights: ReadonlyMap<string, Tensor>,
  source: string,
): Tensor {
  // torch.nn.DataParallel puts "module." before every name that it saves.
  const found = weights.get(key) ?? weights.get(`module.${key}`);
  if (!found) throw missing(key, weights, source);
  if (!sameShape(found.shape, shape) && !isSameMatrix(found.shape, shape)) {
    throw new WeightsError(
      `weights: "${key}" of ${source} has shape ${formatShape(found.shape)}, ` +
        `but the network needs ${formatShape(shape)}`,
    );
  }
  if (found.dtype !== "float32") {
    throw new WeightsError(
      `weights: "${key}" of ${source} is ${found.dtype}, but the network needs float32`,
    );
  }
  return sameShape(found.shape, shape) ? found : { ...found, shape: [...shape] };
}

/**
 * A copy of a graph whose parameters are constants, taken by name from `weights`; `source` names
 * the file in errors. Names may begin with `module.`; tensors that the graph does not name, such
 * as `num_batches_tracked`, are ignored; [o, i, 1, 1] stands for [o, i] and the reverse. The
 * tensors' data is shared, not copied.
 * @throws WeightsError when a tensor is missing, or its shape or element type is not the network's
 */
export function bindWeights(
  graph: Graph,
  weights: ReadonlyMap<string, Tensor>,
  source: string,
): Graph {
  const bound = cloneGraph(graph);
  for (const value of listParameters(bound)) {
    value.constant = tensorFor(value.parameter ?? value.name, value.shape, weights, source);
  }
  return bound;
}
