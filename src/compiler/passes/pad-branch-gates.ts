/**
 * The gates of branches whose channels do not fill quads get rows of zeros, so that those of each
 * branch begin on a quad: slices of them are views, and one kernel can compute them all.
 */
import type { Node, Value } from "../../graph/graph.ts";
import { constantValue, isOp, makeNode, makeValue, removeDeadNodes } from "../../graph/rewrite.ts";
import { normalizeAxis } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import { quadsOf } from "../../shaders/spec.ts";
import { denseRows, orderedBias } from "../fusions/dense-rows.ts";
import { isLayer } from "../fusions/excitation.ts";
import type { Layer } from "../fusions/excitation.ts";
import { Uses } from "../fusions/fusion.ts";
import { branchGatesOf } from "../fusions/split-attention.ts";
import type { BranchGates } from "../fusions/split-attention.ts";
import type { Pass } from "./pass.ts";

type Slice = Extract<Node, { op: "slice" }>;

export const padBranchGates: Pass = {
  name: "pad branch gates",
  run(graph) {
    const uses = new Uses(graph);
    const replaced = new Map<Node, Node[]>();
    for (const node of graph.nodes) {
      const gates = branchGatesOf(node);
      if (gates) pad(gates, node, uses, replaced);
    }
    if (replaced.size === 0) return;
    graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node]);
    removeDeadNodes(graph);
  },
};

/** Maps the anchor of gates to nodes that stand for all of them, and its readers to slices of those. */
function pad(
  { last, moves, radix, order }: BranchGates,
  anchor: Node,
  uses: Uses,
  replaced: Map<Node, Node[]>,
): void {
  const channels = order.length / radix;
  const padded = 4 * quadsOf(channels);
  const inner = [last, ...moves.slice(0, -1)].flatMap(({ outputs }) => outputs);
  const slices = slicesOf(anchor.outputs[0], channels, uses);
  if (padded === channels || !isLayer(last) || !slices) return;
  if (!inner.every((value) => uses.isPrivate(value))) return;
  const rows = Array.from({ length: radix * padded }, (_, i) => {
    const channel = i % padded;
    return channel < channels ? order[Math.floor(i / padded) * channels + channel] : -1;
  });
  const nodes = [paddedLayer(last, rows)];
  const logits = nodes[0].outputs[0];
  nodes.push(...softmaxOf(logits, anchor, radix));
  const [gates] = nodes.at(-1)!.outputs;
  replaced.set(anchor, nodes);
  for (const slice of slices) replaced.set(slice, [sliceOf(slice, gates, channels, padded)]);
}

/** Who reads the gates, where each reads those of one branch. */
function slicesOf(gates: Value, channels: number, uses: Uses): readonly Slice[] | null {
  const readers = uses.of(gates);
  const isPart = (node: Node): node is Slice => {
    if (!isOp(node, "slice") || node.attributes.axes.length !== 1) return false;
    const { axes, starts, sizes, steps } = node.attributes;
    const axis = normalizeAxis(axes[0], gates.shape.length, "slice");
    const isChannels = axis > 0 && gates.shape[axis] > 1;
    return isChannels && steps[0] === 1 && (starts[0] % channels) + sizes[0] <= channels;
  };
  return !uses.isOutput(gates) && readers.every(isPart) ? readers : null;
}

/** The shape of vectors, with another size. */
const withSize = (shape: Shape, size: number): number[] =>
  shape.map((old, axis) => (axis > 0 && old > 1 ? size : old));

function paddedLayer(layer: Layer, rows: readonly number[]): Node {
  const [x, weight, bias] = layer.inputs;
  const groups = layer.op === "conv2d" ? layer.attributes.groups : 1;
  const dense = denseRows(weight!.constant!, groups, rows);
  const [old] = layer.outputs;
  const y = makeValue(withSize(old.shape, rows.length), old.dtype, old.name);
  const inputs: (Value | null)[] = [x, constantValue(dense, weight!.name)];
  if (bias) inputs.push(constantValue(orderedBias(bias.constant!, rows), bias.name));
  if (layer.op === "linear") return makeNode("linear", layer.name, inputs, [y], {});
  return makeNode("conv2d", layer.name, inputs, [y], { ...layer.attributes, groups: 1 });
}

/** [N, R * C, ...] -> the same, a softmax over R. */
function softmaxOf(logits: Value, anchor: Node, radix: number): Node[] {
  const [old] = anchor.outputs;
  const size = logits.shape.slice(1).reduce((a, b) => a * b, 1);
  const shape = [logits.shape[0], radix, size / radix];
  const rows = makeValue(shape, old.dtype, `${old.name}.rows`);
  const chosen = makeValue(shape, old.dtype, `${old.name}.softmax`);
  const gates = makeValue(withSize(old.shape, size), old.dtype, old.name);
  return [
    makeNode("reshape", rows.name, [logits], [rows], { shape }),
    makeNode("softmax", chosen.name, [rows], [chosen], { axis: 1 }),
    makeNode("reshape", anchor.name, [chosen], [gates], { shape: gates.shape }),
  ];
}

function sliceOf(slice: Slice, gates: Value, channels: number, padded: number): Node {
  const starts = slice.attributes.starts.map(
    (start) => Math.floor(start / channels) * padded + (start % channels),
  );
  return makeNode("slice", slice.name, [gates], slice.outputs, { ...slice.attributes, starts });
}
