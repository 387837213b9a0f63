/** Channels through operators that move elements, and through those that work along other axes. */
import type { Node, NodeOf } from "../graph.ts";
import { normalizeAxis, sizeOf } from "../tensor.ts";
import type { Shape } from "../tensor.ts";
import type { Follower, Layout } from "./follower.ts";
import { repeat } from "./weighted.ts";

type Single = NodeOf<"slice" | "pad" | "reshape" | "transpose" | "expand" | "reduce" | "gather">;

function layoutOf(node: Single | Node, follower: Follower): Layout | undefined {
  const [x] = node.inputs;
  return x ? follower.layouts.get(x) : undefined;
}

export function concat(node: NodeOf<"concat">, follower: Follower): void {
  const [y] = node.outputs;
  const at = normalizeAxis(node.attributes.axis, y.shape.length, node.name);
  const layouts = node.inputs.map((value) => (value ? follower.layouts.get(value) : undefined));
  const known = layouts.filter((layout) => layout !== undefined);
  if (known.length === 0) return;
  const [{ axis, channels }] = known;
  const isWhole = axis !== at && known.length < layouts.length;
  if (isWhole || known.some((layout) => layout.axis !== axis)) {
    for (const layout of known) follower.classes.pin(layout.channels);
    return;
  }
  if (axis !== at) {
    for (const layout of known) follower.classes.unite(channels, layout.channels);
    follower.lay(y, axis, channels);
    return;
  }
  const joined = layouts.flatMap((layout, i) => {
    if (layout) return layout.channels;
    const whole = follower.classes.fresh(node.inputs[i]?.shape[at] ?? 0);
    follower.classes.pin(whole);
    return whole;
  });
  follower.lay(y, at, joined);
}

export function slice(node: NodeOf<"slice">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  if (!layout) return;
  const { axis, channels } = layout;
  const { axes, starts, sizes, steps } = node.attributes;
  const rank = node.outputs[0].shape.length;
  const at = axes.findIndex((each) => normalizeAxis(each, rank, node.name) === axis);
  if (at < 0) return follower.lay(node.outputs[0], axis, channels);
  // What every other channel is depends on which were removed before it.
  if (steps[at] !== 1) return follower.classes.pin(channels);
  const [before, part] = [
    channels.slice(0, starts[at]),
    channels.slice(starts[at], starts[at] + sizes[at]),
  ];
  follower.resize(node, (count) => ({
    ...node.attributes,
    starts: starts.with(at, count(before)),
    sizes: sizes.with(at, count(part)),
  }));
  follower.lay(node.outputs[0], axis, part);
}

/** Channels of padding are channels too: what is added to others loses them with the others. */
export function pad(node: NodeOf<"pad">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  if (!layout) return;
  const { axis, channels } = layout;
  const { before, after, mode } = node.attributes;
  if (mode !== "constant" && before[axis] + after[axis] > 0) return follower.pin(node.inputs[0]);
  const [first, last] = [before, after].map((counts) => follower.classes.fresh(counts[axis]));
  follower.resize(node, (count) => ({
    ...node.attributes,
    before: before.with(axis, count(first)),
    after: after.with(axis, count(last)),
  }));
  follower.lay(node.outputs[0], axis, [...first, ...channels, ...last]);
}

/** A reshape that merges channels with the axes around them, `times` outside of them. */
function merged(from: Shape, axis: number, to: Shape): { at: number; times: number } | null {
  const [outer, inner] = [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis + 1))];
  for (let at = 0; at < to.length; at++) {
    const [before, after] = [sizeOf(to.slice(0, at)), sizeOf(to.slice(at + 1))];
    if (outer % before === 0 && inner % after === 0) return { at, times: outer / before };
  }
  return null;
}

/** A reshape that splits channels alone: the axes that they become. */
function split(from: Shape, axis: number, to: Shape): number[] {
  const [outer, inner] = [sizeOf(from.slice(0, axis)), sizeOf(from.slice(axis + 1))];
  return to.flatMap((_, at) => {
    const [before, after] = [sizeOf(to.slice(0, at)), sizeOf(to.slice(at + 1))];
    return before % outer === 0 && after % inner === 0 ? [at] : [];
  });
}

/**
 * Which of the axes of a split loses channels: the longest, but not one that is as long as the
 * convolution before has groups, because groups do not vanish; of equal ones the inner.
 */
function splitAxis(axes: readonly number[], shape: Shape, groups: number): number {
  const counts = (at: number): number => Number(shape[at] === groups);
  const [best] = [...axes].sort((a, b) => counts(a) - counts(b) || shape[b] - shape[a] || b - a);
  return best;
}

/**
 * Channels merge with the axes around them (flatten), or are split, and one of the new axes loses
 * channels, the same ones all along the others, so that the rest is a block: channel shuffles.
 */
export function reshape(node: NodeOf<"reshape">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  const from = node.inputs[0]?.shape ?? [];
  const { shape } = node.attributes;
  if (!layout) return;
  const found = sizeOf(from) > 0 ? merged(from, layout.axis, shape) : null;
  if (found) {
    const size = shape[found.at] / layout.channels.length / found.times;
    const once = repeat(layout.channels, size);
    const all = Array.from({ length: found.times }, () => once).flat();
    return layReshaped(node, follower, { axis: found.at, channels: all });
  }
  const axes = sizeOf(from) > 0 ? split(from, layout.axis, shape) : [];
  if (axes.length === 0) return follower.classes.pin(layout.channels);
  const axis = splitAxis(axes, shape, follower.groupsOf(layout.channels));
  const inner = sizeOf(shape.slice(axis + 1, axes[axes.length - 1] + 1));
  const alike = Array.from({ length: shape[axis] }, (_, place) =>
    layout.channels.filter((_, i) => Math.floor(i / inner) % shape[axis] === place),
  );
  for (const [first, ...others] of alike) {
    for (const other of others) follower.classes.unite([first], [other]);
  }
  layReshaped(node, follower, { axis, channels: alike.map(([first]) => first) });
}

function layReshaped(
  node: NodeOf<"reshape">,
  follower: Follower,
  { axis, channels }: Layout,
): void {
  const { shape } = node.attributes;
  follower.resize(node, (count) => ({ shape: shape.with(axis, count(channels)) }));
  follower.lay(node.outputs[0], axis, channels);
}

export function transpose(node: NodeOf<"transpose">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  if (!layout) return;
  follower.lay(node.outputs[0], node.attributes.perm.indexOf(layout.axis), layout.channels);
}

export function expand(node: NodeOf<"expand">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  const { shape } = node.attributes;
  const axis = (layout?.axis ?? 0) + shape.length - (node.inputs[0]?.shape.length ?? 0);
  if (layout?.channels.length !== shape[axis]) return;
  const { channels } = layout;
  follower.resize(node, (count) => ({ shape: shape.with(axis, count(channels)) }));
  follower.lay(node.outputs[0], axis, channels);
}

export function reduce(node: NodeOf<"reduce">, follower: Follower): void {
  const layout = layoutOf(node, follower);
  const rank = node.inputs[0]?.shape.length ?? 0;
  if (!layout) return;
  const axes = node.attributes.axes.map((axis) => normalizeAxis(axis, rank, node.name));
  if (axes.includes(layout.axis)) return follower.classes.pin(layout.channels);
  const dropped = node.attributes.keepDims ? 0 : axes.filter((axis) => axis < layout.axis).length;
  follower.lay(node.outputs[0], layout.axis - dropped, layout.channels);
}

/** Softmax, and what else needs all elements along one axis, or from one axis on. */
export function alongAxis(
  node: NodeOf<"softmax" | "layerNorm" | "topK">,
  follower: Follower,
): void {
  const layout = layoutOf(node as Node, follower);
  const [y] = node.outputs;
  if (!layout) return;
  const axis = normalizeAxis(node.attributes.axis, y.shape.length, node.name);
  const mixes = (node.op as string) === "layerNorm" ? axis <= layout.axis : axis === layout.axis;
  if (mixes) return follower.classes.pin(layout.channels);
  for (const output of node.outputs) follower.lay(output, layout.axis, layout.channels);
}
