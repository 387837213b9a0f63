/** The basic concepts of a network layer by layer: size, cost, resolution, receptive field, memory. */
import type { Graph, Node, Value } from "./graph/graph.ts";
import { aliveBytes, bytesOf, isView } from "./graph/liveness.ts";
import { receptiveFields } from "./graph/receptive-field.ts";
import { consumersOf } from "./graph/rewrite.ts";
import { learnableValues, macsOf } from "./graph/statistics.ts";
import { sizeOf } from "./graph/tensor.ts";
import type { Shape } from "./graph/tensor.ts";
import { windowShape } from "./graph/windows.ts";
import type { WindowShape } from "./graph/windows.ts";

/** [h, w] in pixels of the image; null where there is none. */
export type PixelPair = readonly [number | null, number | null];

export interface InspectedLayer extends Partial<WindowShape> {
  readonly name: string;
  readonly op: string;
  /** Batch norms and functions of one value that directly follow; they are part of the layer. */
  readonly followedBy: readonly string[];
  /** Of the output; of an image [N, C, H, W]. */
  readonly shape: Shape;
  /** Learnable numbers; those that layers share are the first's. */
  readonly parameters: number;
  /** Multiply-accumulates */
  readonly macs: number;
  /** Pixels of the image that reach a number of the output through windows. */
  readonly receptiveField: PixelPair;
  /** The effective stride: pixels of the image from a number of the output to the next. */
  readonly jump: PixelPair;
  /** Whether all pixels of the image reach the output by a global pool or a fully connected layer. */
  readonly wholeImage: boolean;
  /** Bytes of the output. */
  readonly activationBytes: number;
  /** The most bytes of activations that are alive while the layer runs. */
  readonly aliveBytes: number;
}

export interface LayerInspection {
  /** In the order of the graph, without those that only say how a tensor is read. */
  readonly layers: readonly InspectedLayer[];
  readonly parameters: number;
  readonly macs: number;
  /** Bytes of all outputs of layers together. */
  readonly activationBytes: number;
  /**
   * The most bytes of activations that are alive at once when the nodes run in order; what a compiled
   * model allocates is in `explain`.
   */
  readonly peakBytes: number;
}

/**
 * What each layer of a graph costs and sees, and the sums. Needs no GPU and no weights.
 * @example
 * for (const { name, receptiveField, macs } of inspectLayers(network("resnet50")).layers)
 *   console.log(name, receptiveField, macs);
 */
export function inspectLayers(graph: Graph): LayerInspection {
  const alive = new Map(aliveBytes(graph).map((bytes, at) => [graph.nodes[at], bytes]));
  const fields = receptiveFields(graph);
  const counted = new Set<Value>();
  const layers = groupNodes(graph).map((nodes) => inspectLayer(nodes));
  const sum = (key: "parameters" | "macs" | "activationBytes"): number =>
    layers.reduce((total, layer) => total + layer[key], 0);
  return {
    layers,
    parameters: sum("parameters"),
    macs: sum("macs"),
    activationBytes: sum("activationBytes"),
    peakBytes: Math.max(0, ...alive.values()),
  };

  function inspectLayer(nodes: readonly Node[]): InspectedLayer {
    const [node, ...rest] = nodes;
    const outputs = nodes[nodes.length - 1].outputs;
    const [h, w] = fields.get(outputs[0]) ?? [null, null];
    return {
      name: node.name,
      op: kindOf(node),
      ...windowShape(node),
      followedBy: rest.map(kindOf),
      shape: outputs[0].shape,
      parameters: nodes.reduce((total, each) => total + countNew(each), 0),
      macs: nodes.reduce((total, each) => total + macsOf(each), 0),
      receptiveField: [h?.size ?? null, w?.size ?? null],
      jump: [h?.jump ?? null, w?.jump ?? null],
      wholeImage: (h?.whole ?? false) && (w?.whole ?? false),
      activationBytes: outputs.reduce((total, output) => total + bytesOf(output), 0),
      aliveBytes: Math.max(...nodes.map((each) => alive.get(each)!)),
    };
  }

  function countNew(node: Node): number {
    const own = learnableValues({ ...graph, nodes: [node] });
    const fresh = [...own].filter((value) => !counted.has(value));
    for (const value of fresh) counted.add(value);
    return fresh.reduce((total, value) => total + sizeOf(value.shape), 0);
  }
}

/** `relu`, `add`, `mean` rather than `unary`, `binary`, `reduce`. */
function kindOf(node: Node): string {
  switch (node.op) {
    case "unary":
    case "binary":
    case "reduce":
      return node.attributes.kind;
    default:
      return node.op;
  }
}

/** Each node that computes, with the batch norms and functions of one value that alone read it. */
function groupNodes(graph: Graph): Node[][] {
  const consumers = consumersOf(graph);
  const outputs = new Set(graph.outputs.flatMap(({ value, length }) => [value, length]));
  const groups = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    if (isView(node)) continue;
    const [x] = node.inputs;
    const group = x?.producer ? groups.get(x.producer) : undefined;
    const joins =
      (node.op === "unary" || node.op === "batchNorm") &&
      group !== undefined &&
      consumers.get(x!)?.length === 1 &&
      !outputs.has(x!);
    if (joins) group.push(node);
    groups.set(node, joins ? group : [node]);
  }
  return [...new Set(groups.values())];
}
