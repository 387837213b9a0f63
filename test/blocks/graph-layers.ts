/** The convolutions and fully connected layers of a graph, in the form of `test/goldens/layers/`. */
import type { Pair } from "../../src/graph/attributes.ts";
import type { Graph, Node } from "../../src/graph/graph.ts";

const square = ([h, w]: Pair): string => (h === w ? `${h}` : `${h}x${w}`);

function describe(node: Node): string | undefined {
  const [x, weight, bias] = node.inputs;
  const [y] = node.outputs;
  const suffix = bias ? " bias" : "";
  if (node.op === "linear") return `${node.name} ${x!.shape[1]}-${y.shape[1]}${suffix}`;
  if (node.op !== "conv2d") return undefined;
  const { stride, dilation, groups } = node.attributes;
  const kernel = square([weight!.shape[2], weight!.shape[3]]);
  const sizes = [x!, y].map(({ shape }) => `${shape[2]}x${shape[3]}`).join("-");
  const window = `k${kernel} s${square(stride)} d${square(dilation)} g${groups}`;
  return `${node.name} ${x!.shape[1]}-${y.shape[1]} ${window} ${sizes}${suffix}`;
}

/**
 * A line for each: name, channels in and out, kernel, stride, dilation, groups, sizes in and out.
 * Sorted, since branches may be computed in any order.
 */
export function graphLayers(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => describe(node) ?? []).sort();
}
