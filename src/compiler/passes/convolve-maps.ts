/**
 * A linear layer of a flattened map becomes a convolution whose kernel is as large as the map, as in
 * AlexNet and VGG: its kernel finds the map where it lies, so that flattening moves nothing. The
 * result keeps its pixel through functions of one value, which so ride on the store.
 */
import type { Node, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  makeValue,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { lazyTensor } from "../../graph/tensor.ts";
import { quadsOf } from "../../shaders/spec.ts";
import type { Pass } from "./pass.ts";

export const convolveMaps: Pass = {
  name: "convolve maps",
  run(graph) {
    const consumers = consumersOf(graph);
    const outputs = outputValues(graph);
    const replaced = new Map<Node, Node[]>();
    for (const node of graph.nodes) {
      const map = isOp(node, "reshape") ? flattenedMap(node) : null;
      const layers = consumers.get(node.outputs[0]) ?? [];
      if (!map || outputs.has(node.outputs[0]) || !layers.every(isKnownLayer)) continue;
      for (const layer of layers.filter(isKnownLayer)) {
        convolve(map, layer, functionsAfter(layer, consumers, outputs), replaced);
      }
    }
    if (replaced.size === 0) return;
    graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
    removeDeadNodes(graph);
  },
};

type Layer = Extract<Node, { op: "linear" }>;
type Function = Extract<Node, { op: "unary" }>;

/** Lanes that padding channels to quads may add: where there are more, flattening costs less. */
const MOST_PADDING = 2;

/** The map [N, C, H, W] that a reshape makes [N, C * H * W]; null where that moves nothing anyway. */
function flattenedMap({ inputs, outputs }: Node): Value | null {
  const [x] = inputs as Value[];
  const { shape } = outputs[0];
  const [images, channels, height, width] = x.shape;
  const isFlattened = x.shape.length === 4 && shape.length === 2 && shape[0] === images;
  // An input of the model may be flattened by the host.
  if (!isFlattened || height * width === 1 || !x.producer) return null;
  return (quadsOf(channels) * 4) / channels < MOST_PADDING ? x : null;
}

function isKnownLayer(node: Node): node is Layer {
  return isOp(node, "linear") && node.inputs.slice(1).every((value) => !value || value.constant);
}

/** The functions of one value that follow each other behind a layer, each the only reader. */
function functionsAfter(
  layer: Layer,
  consumers: ReturnType<typeof consumersOf>,
  outputs: ReadonlySet<Value>,
): Function[] {
  const functions: Function[] = [];
  let [y] = layer.outputs;
  for (;;) {
    const readers = consumers.get(y) ?? [];
    const [next] = readers;
    if (readers.length !== 1 || outputs.has(y) || !isOp(next, "unary")) return functions;
    functions.push(next);
    [y] = next.outputs;
  }
}

/** The layer as a convolution; the reshape of its pixel stands behind the functions. */
function convolve(
  x: Value,
  layer: Layer,
  functions: readonly Function[],
  replaced: Map<Node, Node[]>,
): void {
  const { name, inputs } = layer;
  const [, weight, bias = null] = inputs;
  const [images, ...map] = x.shape;
  const [outs] = weight!.shape;
  const rows = weight!.constant!;
  const taps = lazyTensor([outs, ...map], () => rows.data);
  const kernel = constantValue(taps, weight!.name);
  const shape = [images, outs, 1, 1];
  const chain = [layer, ...functions];
  const last = chain.at(-1)!;
  const [flat] = last.outputs;
  for (const { outputs } of chain.slice(0, -1)) outputs[0].shape = shape;
  const pixel = makeValue(shape, flat.dtype, flat.name);
  const reshape: unknown = makeNode("reshape", last.name, [pixel], [flat], { shape: flat.shape });
  last.outputs = [pixel];
  pixel.producer = last;
  const parts = bias ? [x, kernel, bias] : [x, kernel];
  const convolution: unknown = makeNode("conv2d", name, parts, layer.outputs, {
    stride: [1, 1],
    padding: [0, 0, 0, 0],
    dilation: [1, 1],
    groups: 1,
  });
  replaced.set(last, [last]);
  replaced.set(layer, [convolution as Node]);
  replaced.get(last)!.push(reshape as Node);
}
