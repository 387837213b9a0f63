/** Channels through the operators that have weights: convolutions, linear layers, batch norm. */
import type { NodeOf, Value } from "../graph.ts";
import { sizeOf } from "../tensor.ts";
import type { Channels } from "./classes.ts";
import type { Cut, Follower, Grouping } from "./follower.ts";

type Weighted = NodeOf<"conv2d"> | NodeOf<"convTranspose2d"> | NodeOf<"linear">;

function isKnown(value: Value | null | undefined): boolean {
  return !value || value.constant !== null;
}

/** The channels in `count` equal parts. */
function partsOf(name: string, channels: Channels, count: number): Grouping {
  const size = channels.length / count;
  const groups = Array.from({ length: count }, (_, i) => channels.slice(i * size, (i + 1) * size));
  return { name, groups };
}

/** x is read along its axis 1, and new channels are made along axis 1. */
export function weighted(node: Weighted, follower: Follower): void {
  const [x, weight, bias] = node.inputs;
  const [y] = node.outputs;
  const input = follower.along(x, 1);
  if (!x || !weight?.constant || !isKnown(bias)) {
    follower.pin(x);
    for (const value of [weight, bias]) follower.pin(value ?? null);
    return;
  }
  const groups = node.op === "linear" ? 1 : node.attributes.groups;
  const isDepthwise = groups > 1 && groups === x.shape[1];
  // A depthwise layer on what is whole stays whole.
  if (isDepthwise && !input) return;
  const output = isDepthwise
    ? repeat(input ?? [], y.shape[1] / groups)
    : follower.classes.fresh(y.shape[1]);
  const side = node.op === "convTranspose2d" && !isDepthwise ? "columns" : "rows";
  const cut = isDepthwise
    ? depthwiseCut(node, input ?? [], output)
    : weightCut(node, groups, input, output);
  follower.layers.push({ name: node.name, channels: output, weight: follower.cut(cut), side });
  if (bias) follower.cutAxis(node, 2, { axis: 0, channels: output }, true);
  follower.lay(y, 1, output);
  if (isDepthwise && input && node.op === "conv2d") {
    follower.resize(node, (count) => ({ ...node.attributes, groups: count(input) }));
  } else if (isDepthwise && input && node.op === "convTranspose2d") {
    follower.resize(node, (count) => ({ ...node.attributes, groups: count(input) }));
  } else if (groups > 1) {
    follower.groupings.push(partsOf(node.name, output, groups));
    if (input) follower.groupings.push(partsOf(node.name, input, groups));
  }
}

/** Each channel `times` times in a row. */
export function repeat(channels: Channels, times: number): Channels {
  return channels.flatMap((channel) => new Array<number>(times).fill(channel));
}

/** A convolution's weight is [outputs, inputs / groups, ...], a transposed one's the reverse. */
function weightCut(node: Weighted, groups: number, input: Channels | null, output: Channels): Cut {
  const shape = node.inputs[1]?.shape ?? [];
  const isTransposed = node.op === "convTranspose2d";
  const [rows, columns] = isTransposed ? [input, output] : [output, input];
  return {
    node: node,
    input: 1,
    view: [groups, shape[0] / groups, shape[1], sizeOf(shape.slice(2))],
    rows: rows && { axis: 0, channels: rows },
    columns: columns && { axis: 1, channels: columns },
    masked: true,
  };
}

/** Groups of one channel vanish whole. */
function depthwiseCut(node: Weighted, input: Channels, output: Channels): Cut {
  const shape = node.inputs[1]?.shape ?? [];
  const channels = node.op === "convTranspose2d" ? input : output;
  return {
    node: node,
    input: 1,
    view: [1, shape[0], 1, sizeOf(shape.slice(1))],
    rows: { axis: 0, channels },
    columns: null,
    masked: true,
  };
}

export function batchNorm(node: NodeOf<"batchNorm">, follower: Follower): void {
  const [x, gamma, ...rest] = node.inputs;
  const channels = follower.along(x, 1);
  if (!channels || !gamma?.constant || !rest.every(isKnown)) {
    for (const value of node.inputs) follower.pin(value);
    return;
  }
  // Zeros in gamma and beta make the channel 0; a variance of 0 would not.
  for (const input of [1, 2, 3, 4]) {
    follower.cutAxis(node, input, { axis: 0, channels }, input < 3);
  }
  follower.norms.push({ gamma, channels });
  follower.lay(node.outputs[0], 1, channels);
}
