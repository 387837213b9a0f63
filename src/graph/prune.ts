/**
 * Channel pruning as a transform of graphs (blocks.md A20): the channels that matter least are
 * removed from the layers that make them and from everything that reads them.
 */
import type { OperatorName } from "./attributes.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { OPERATORS } from "./operators.ts";
import type { Operator } from "./operators/operator.ts";
import { chooseKeeps } from "./prune/choose.ts";
import type { PruneOptions } from "./prune/choose.ts";
import { withZeros, withoutChannels } from "./prune/cut.ts";
import type { Cut } from "./prune/follower.ts";
import { followChannels } from "./prune/follow.ts";
import { resolveKeeps } from "./prune/keeps.ts";
import type { KeepSets } from "./prune/keeps.ts";
import { wholeLayers } from "./prune/whole.ts";
import type { Tensor } from "./tensor.ts";
import { listParameters } from "./weights.ts";

export interface Pruned {
  /** The smaller graph, with its weights bound. */
  readonly graph: Graph;
  /** What is left of each layer; `mask` takes them. */
  readonly keeps: KeepSets;
  /** The smaller weights by `state_dict` name, for `formatSafetensors`; empty for imported graphs. */
  readonly weights: ReadonlyMap<string, Tensor>;
  /**
   * The layers that cannot be pruned, because an output shows their channels or the graph ties all
   * of them to one another or to an operator that mixes channels.
   */
  readonly whole: readonly string[];
}

/**
 * A smaller graph that computes what `mask` with the same keep-sets computes: `keep` of the channels
 * of every convolution and linear layer but those that the graph's outputs show. `graph` has its
 * weights bound; it is not changed.
 *
 * Layers share channels, and the sum of their scores decides, where values are added, multiplied
 * or gated; a depthwise layer has the channels of its input; the groups of a grouped one keep
 * equally many, each its best; a shuffle loses the same places of each group, or whole places. Layers
 * that share only some channels keep their part of these and of the others. Parts of a split shrink
 * by what was removed from them, and one channel of each part always stays. Channels stay where
 * they cannot be followed (matrix products, gathers, shifts, means over channels), where nodes
 * share weights, with `gamma` where no batch norm reads them, and where these rules tie all of them
 * to one another: the last stage of ShuffleNet v2, which splits what it has shuffled four times.
 *
 * @throws WeightsError when weights are not bound
 * @throws GraphError when an option is not valid, or keep-sets contradict each other or the graph
 * @example
 * const graph = network("mobilenet_v2");
 * const bound = bindWeights(graph, syntheticWeights(graph), "formula");
 * const pruned = prune(bound, { keep: 0.5, criterion: "gamma", divisor: 8 });
 * console.log(countParameters(bound), "->", countParameters(pruned.graph));
 * const model = await createModel(pruned.graph, await openDevice());
 */
export function prune(graph: Graph, options: PruneOptions | { readonly keeps: KeepSets }): Pruned {
  const follower = followChannels(graph);
  const keeps = "keeps" in options ? options.keeps : chooseKeeps(follower, options);
  const { stays, count } = resolveKeeps(follower, keeps);
  const cuts = cutsByNode(follower.cuts);
  const smaller = rebuild(
    graph,
    (node, input, value) => {
      const cut = cuts.get(node)?.get(input);
      return cut ? withoutChannels(value, cut, stays, count) : value;
    },
    (node) => follower.attributesOf(node, count),
  );
  const weights = listParameters(smaller).flatMap(({ parameter, constant }): [string, Tensor][] =>
    parameter !== null && constant ? [[parameter, constant]] : [],
  );
  return { graph: smaller, keeps, weights: new Map(weights), whole: wholeLayers(follower) };
}

/**
 * The graph in its full size with zeros for all channels that are not in the keep-sets: in weights
 * and biases, in scale and shift of batch norms, and in the weights by which others read them, so
 * that activations of 0 that are not 0 count nothing.
 * @throws WeightsError when weights are not bound
 * @throws GraphError when keep-sets contradict each other or the graph
 */
export function mask(graph: Graph, keeps: KeepSets): Graph {
  const follower = followChannels(graph);
  const { stays } = resolveKeeps(follower, keeps);
  const cuts = cutsByNode(follower.cuts.filter(({ masked }) => masked));
  return rebuild(
    graph,
    (node, input, value) => {
      const cut = cuts.get(node)?.get(input);
      return cut ? withZeros(value, cut, stays) : value;
    },
    (node) => node.attributes,
  );
}

function cutsByNode(cuts: readonly Cut[]): Map<Node, Map<number, Cut>> {
  const byNode = new Map<Node, Map<number, Cut>>();
  for (const cut of cuts) {
    const known = byNode.get(cut.node) ?? new Map<number, Cut>();
    byNode.set(cut.node, known.set(cut.input, cut));
  }
  return byNode;
}

/** A copy with other constants and attributes, whose shapes are inferred again. */
function rebuild(
  graph: Graph,
  constantOf: (node: Node, input: number, value: Value) => Value,
  attributesOf: (node: Node) => Node["attributes"],
): Graph {
  const copies = new Map<Value, Value>();
  const copy = (value: Value): Value => {
    const known = copies.get(value) ?? { ...value, producer: null };
    copies.set(value, known);
    return known;
  };
  const inputs = graph.inputs.map(copy);
  const nodes = graph.nodes.map((node) => {
    const operands = node.inputs.map((value, i) => {
      const other = value && constantOf(node, i, value);
      return other === value ? value && copy(value) : other;
    });
    const attributes = attributesOf(node);
    const where = `${node.op} "${node.name}"`;
    const operator = OPERATORS[node.op] as unknown as Operator<OperatorName>;
    const types = operator.infer({ where, inputs: operands, attributes });
    const outputs = node.outputs.map((value, i) =>
      Object.assign(copy(value), { shape: [...types[i].shape] }),
    );
    const clone = { ...node, inputs: operands, outputs, attributes } as Node;
    for (const output of outputs) output.producer = clone;
    return clone;
  });
  const outputs = graph.outputs.map(({ name, value, length }) => ({
    name,
    value: copy(value),
    length: length && copy(length),
  }));
  return { name: graph.name, inputs, outputs, nodes };
}
