/**
 * Focus, which takes a map apart by rows and columns and puts the parts side by side as channels, and
 * the convolution after it become one convolution of the map itself: tap (u, v) of the part that
 * begins at row dy and column dx is tap (2u + dy, 2v + dx) of a kernel twice as large, with twice the
 * stride and padding. Parts of other steps than 2 likewise.
 */
import type { Pair, Padding } from "../../graph/attributes.ts";
import type { Node, Value } from "../../graph/graph.ts";
import {
  constantValue,
  consumersOf,
  isOp,
  makeNode,
  outputValues,
  removeDeadNodes,
} from "../../graph/rewrite.ts";
import { lazyTensor, normalizeAxis } from "../../graph/tensor.ts";
import type { Tensor } from "../../graph/tensor.ts";
import type { Pass } from "./pass.ts";

export const foldFocus: Pass = {
  name: "fold focus",
  run(graph) {
    const consumers = consumersOf(graph);
    const outputs = outputValues(graph);
    const replaced = new Map<Node, Node>();
    for (const node of graph.nodes) {
      const focus = isOp(node, "concat") ? focusOf(node) : null;
      const readers = consumers.get(node.outputs[0]) ?? [];
      if (!focus || outputs.has(node.outputs[0]) || !readers.every(isFoldable)) continue;
      for (const reader of readers.filter(isFoldable)) replaced.set(reader, folded(focus, reader));
    }
    if (replaced.size === 0) return;
    graph.nodes = graph.nodes.map((node) => replaced.get(node) ?? node);
    removeDeadNodes(graph);
  },
};

type Convolution = Extract<Node, { op: "conv2d" }>;

/** Every `steps`-th pixel of x, from each of `starts` on. */
interface Focus {
  readonly x: Value;
  readonly steps: Pair;
  /** [row, column] of each part, in the order of the channels. */
  readonly starts: readonly Pair[];
}

interface Part {
  readonly x: Value;
  readonly start: readonly number[];
  readonly step: readonly number[];
}

/** The concatenation as a Focus; null where its pieces are not all parts of one map. */
function focusOf({ inputs, outputs, attributes }: Extract<Node, { op: "concat" }>): Focus | null {
  const [y] = outputs;
  if (y.shape.length !== 4 || normalizeAxis(attributes.axis, 4, "concat") !== 1) return null;
  const parts = inputs.map((value) => partOf(value!));
  const [first] = parts;
  const { x } = first;
  const [, , rowStep, columnStep] = first.step;
  const steps: Pair = [rowStep, columnStep];
  const starts = parts.map(({ start }): Pair => [start[2], start[3]]);
  const isWhole =
    x.shape[0] === y.shape[0] &&
    x.shape[2] === y.shape[2] * rowStep &&
    x.shape[3] === y.shape[3] * columnStep &&
    y.shape[1] === x.shape[1] * parts.length;
  const isDistinct = new Set(starts.map(String)).size === parts.length;
  const areAlike = parts.every(
    (part) => part.x === x && part.step.join() === first.step.join() && isSpatial(part),
  );
  const isComplete = parts.length === rowStep * columnStep && parts.length > 1;
  return isWhole && isDistinct && areAlike && isComplete ? { x, steps, starts } : null;
}

/** Whether a part has all images and channels, and begins within the first step. */
function isSpatial({ start, step }: Part): boolean {
  return step[0] * step[1] === 1 && start.every((from, axis) => from >= 0 && from < step[axis]);
}

/** What a value takes of a map, through slices of slices. */
function partOf(value: Value): Part {
  let x = value;
  const start = value.shape.map(() => 0);
  const step = value.shape.map(() => 1);
  while (isOp(x.producer, "slice")) {
    const { axes, starts, steps } = x.producer.attributes;
    axes.forEach((axis, i) => {
      const at = normalizeAxis(axis, start.length, "slice");
      start[at] = starts[i] + steps[i] * start[at];
      step[at] *= steps[i];
    });
    [x] = x.producer.inputs as [Value];
  }
  return { x, start, step };
}

function isFoldable(node: Node): node is Convolution {
  if (!isOp(node, "conv2d")) return false;
  const { groups, dilation, equalTaps } = node.attributes;
  const isKnown = node.inputs.slice(1).every((value) => !value || value.constant);
  return isKnown && !equalTaps && groups === 1 && dilation[0] === 1 && dilation[1] === 1;
}

function folded({ x, steps, starts }: Focus, convolution: Convolution): Node {
  const [, weight, bias = null] = convolution.inputs;
  const { stride, padding, ...attributes } = convolution.attributes;
  const wide = constantValue(spreadTaps(weight!.constant!, steps, starts), weight!.name);
  const [rows, columns] = steps;
  const [top, left, bottom, right] = padding;
  const wider: Padding = [top * rows, left * columns, bottom * rows, right * columns];
  const inputs = bias ? [x, wide, bias] : [x, wide];
  return makeNode("conv2d", convolution.name, inputs, convolution.outputs, {
    ...attributes,
    stride: [stride[0] * rows, stride[1] * columns],
    padding: wider,
  });
}

/** Weights [O, parts * C, kh, kw] as [O, C, kh * steps, kw * steps]. */
function spreadTaps(weight: Tensor, steps: Pair, starts: readonly Pair[]): Tensor {
  const [outs, ins, height, width] = weight.shape;
  const channels = ins / starts.length;
  const [tall, wide] = [height * steps[0], width * steps[1]];
  return lazyTensor([outs, channels, tall, wide], () => {
    const { data } = weight;
    const spread = new Float32Array(data.length);
    data.forEach((number, i) => {
      const column = i % width;
      const row = Math.floor(i / width) % height;
      const plane = Math.floor(i / (width * height));
      const channel = plane % ins;
      const [dy, dx] = starts[Math.floor(channel / channels)];
      const to = Math.floor(plane / ins) * channels + (channel % channels);
      spread[(to * tall + row * steps[0] + dy) * wide + column * steps[1] + dx] = number;
    });
    return spread;
  });
}
