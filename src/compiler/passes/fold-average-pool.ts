/**
 * A pointwise convolution and the mean of windows that do not overlap, as in DenseNet's transitions,
 * become one convolution of the size of the window whose taps all have the weights over their number.
 * A mean of products is the product of the mean: its kernel multiplies once for each window.
 */
import type { AveragePool2dAttributes, Pair } from "../../graph/attributes.ts";
import type { Node } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { lazyTensor } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

export const foldAveragePool: Pass = {
  name: "fold average pool",
  run(graph) {
    const consumers = consumersOf(graph);
    const outputs = outputValues(graph);
    graph.nodes = graph.nodes.map((node) => {
      const x = isOp(node, "averagePool2d") ? node.inputs[0] : null;
      if (!isOp(node, "averagePool2d") || !x || !isPointwise(x.producer)) return node;
      const isAlone = consumers.get(x)?.length === 1 && !outputs.has(x);
      return isAlone && tilesPlane(node.attributes, x.shape) ? folded(x.producer, node) : node;
    });
    removeDeadNodes(graph);
  },
};

type Convolution = Extract<Node, { op: "conv2d" }>;

function isPointwise(node: Node | null): node is Convolution {
  if (!isOp(node, "conv2d")) return false;
  const [, weight, bias] = node.inputs;
  const { stride, padding, groups } = node.attributes;
  const isKnown = weight?.constant && (!bias || bias.constant);
  if (!isKnown || groups !== 1) return false;
  return (
    [...weight.shape.slice(2), ...stride].every((size) => size === 1) && !padding.some(Boolean)
  );
}

/** Whether windows lie side by side, whole, and each is divided by the number of its pixels. */
function tilesPlane(
  { kernel, stride, padding, dilation = [1, 1], divisor, ceilMode }: AveragePool2dAttributes,
  shape: readonly number[],
): boolean {
  if (padding.some(Boolean) || divisor !== undefined || kernel[0] * kernel[1] === 1) return false;
  return [0, 1].every(
    (axis) =>
      kernel[axis] === stride[axis] &&
      dilation[axis] === 1 &&
      (!ceilMode || shape[2 + axis] % kernel[axis] === 0),
  );
}

function folded(convolution: Convolution, pool: Extract<Node, { op: "averagePool2d" }>): Node {
  const { kernel } = pool.attributes;
  const [x, weight, bias = null] = convolution.inputs;
  const wide = constantValue(spreadTaps(weight!.constant!, kernel), weight!.name);
  const inputs = bias ? [x, wide, bias] : [x, wide];
  return makeNode("conv2d", convolution.name, inputs, pool.outputs, {
    ...convolution.attributes,
    stride: kernel,
    equalTaps: true,
  });
}

/** Weights [O, I, 1, 1] over the taps of a kernel, an equal share for each. */
function spreadTaps(weight: Tensor, kernel: Pair): Tensor {
  const taps = kernel[0] * kernel[1];
  return lazyTensor([...weight.shape.slice(0, 2), ...kernel], () => {
    const { data } = weight;
    const spread = new Float32Array(data.length * taps);
    for (let i = 0, to = 0; i < data.length; i++) {
      const share = data[i] / taps;
      for (const end = to + taps; to < end; to++) spread[to] = share;
    }
    return spread;
  });
}
