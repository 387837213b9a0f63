/** Conv and ConvTranspose over one, two and three axes, of convolutions over height and width. */
import type { Value } from "../../graph/graph.ts";
import { convolvedSize } from "../../graph/operators/convolution.ts";
import { sizeOf } from "../../graph/tensor.ts";
import { convolution } from "./convolution.ts";
import type { Converter, OnnxNode } from "./node.ts";
import {
  allAxes,
  convolutionWindows,
  planeAttributes,
  sizeAfter,
  transposedWindows,
} from "./window-nd.ts";
import type { Window } from "./window-nd.ts";

/** Taps along depth that are taken one by one: a small file must not ask for thousands of nodes. */
const MOST_SLICES = 256;

/** Depth slices that one output reads, as channels: [N, C, D, H, W] -> [N * Do, C * kernel, H, W]. */
function stackSlices(node: OnnxNode, x: Value, depth: Window, slices: number): Value {
  const [batch, channels, , ...image] = x.shape;
  const { kernel, stride, dilation, before, after } = depth;
  const pads = (size: number): number[] => [0, 0, size, 0, 0];
  const isPadded = before + after > 0;
  const padded = isPadded
    ? node.op("pad", [x], {
        before: pads(before),
        after: pads(after),
        mode: "constant",
        value: 0,
      })
    : x;
  const taps = Array.from({ length: kernel }, (_, u) => {
    const cut = { axes: [2], starts: [u * dilation], sizes: [slices], steps: [stride] };
    const tap = node.op("slice", [padded], cut);
    return node.reshape(tap, [batch, channels, 1, slices, ...image]);
  });
  const stacked = taps.length === 1 ? taps[0] : node.op("concat", taps, { axis: 2 });
  const moved = node.op("transpose", [stacked], { perm: [0, 3, 1, 2, 4, 5] });
  return node.reshape(moved, [batch * slices, channels * kernel, ...image]);
}

/** A convolution of volumes as one of images: the kernel's slices become channels. */
function convolveVolume(node: OnnxNode, windows: readonly Window[], groups: number): Value {
  const all = allAxes(windows);
  const [depth] = all;
  const [x, weight, bias] = [node.input(0), node.input(1), node.optional(2)];
  const { size, kernel, stride, dilation, before, after } = depth;
  const slices = convolvedSize(size, kernel, stride, dilation, before + after);
  if (kernel > MOST_SLICES || slices < 1) {
    node.fail(
      `a kernel of depth ${kernel} does not fit into x of depth ${size}, or exceeds ${MOST_SLICES}`,
    );
  }
  const [outs, perGroup, , ...taps] = weight.shape;
  const images = stackSlices(node, x, depth, slices);
  const flat = node.reshape(weight, [outs, perGroup * kernel, ...taps]);
  const inputs = bias ? [images, flat, bias] : [images, flat];
  const y = node.op("conv2d", inputs, planeAttributes(all, groups));
  const split = node.reshape(y, [x.shape[0], slices, outs, ...y.shape.slice(2)]);
  return node.op("transpose", [split], { perm: [0, 2, 1, 3, 4] });
}

/** A row becomes an image of height 1. */
function asImage(node: OnnxNode, x: Value): Value {
  const [outer, inner, ...axes] = x.shape;
  return axes.length === 1 ? node.reshape(x, [outer, inner, 1, ...axes]) : x;
}

const conv: Converter = (node) => {
  if (node.input(0).shape.length === 4) return convolution.Conv(node);
  const windows = convolutionWindows(node);
  const groups = node.int("group", 1);
  if (windows.length === 3) return convolveVolume(node, windows, groups);
  const inputs = [asImage(node, node.input(0)), asImage(node, node.input(1)), node.optional(2)];
  const attributes = planeAttributes(allAxes(windows), groups);
  const y = node.op("conv2d", inputs[2] ? inputs : inputs.slice(0, 2), attributes);
  return node.reshape(y, [y.shape[0], y.shape[1], y.shape[3]]);
};

/** stride - 1 zeros after each slice of x [N, O, taps, D, pixels]. */
function interleave(node: OnnxNode, x: Value, stride: number): Value {
  const [batch, channels, taps, depth, pixels] = x.shape;
  if (stride === 1) return x;
  const apart = node.reshape(x, [batch, channels, taps, depth, 1, pixels]);
  const after = [0, 0, 0, 0, stride - 1, 0];
  const before = after.map(() => 0);
  const padded = node.op("pad", [apart], { before, after, mode: "constant", value: 0 });
  return node.reshape(padded, [batch, channels, taps, depth * stride, pixels]);
}

/** The taps' slices, each moved to where it belongs, and their sum: [N, O, Do, pixels]. */
function addSlices(node: OnnxNode, x: Value, depth: Window): Value {
  const [batch, channels, taps, length, pixels] = x.shape;
  const size = sizeAfter(depth);
  const reach = depth.dilation * (taps - 1);
  const whole = Math.max(length + reach, depth.before + size);
  const moved = Array.from({ length: taps }, (_, u) => {
    const tap = node.op("slice", [x], { axes: [2], starts: [u], sizes: [1], steps: [1] });
    const start = u * depth.dilation;
    return node.op("pad", [node.reshape(tap, [batch, channels, length, pixels])], {
      before: [0, 0, start, 0],
      after: [0, 0, whole - length - start, 0],
      mode: "constant",
      value: 0,
    });
  });
  const sum = moved.reduce((a, b) => node.op("binary", [a, b], { kind: "add" }));
  return node.op("slice", [sum], {
    axes: [2],
    starts: [depth.before],
    sizes: [size],
    steps: [1],
  });
}

/** A transposed convolution of volumes: the images first, each tap of the depth as channels. */
function transposeVolume(node: OnnxNode, windows: readonly Window[], groups: number): Value {
  const all = allAxes(windows);
  const [depth, height, width] = all;
  const [x, weight, bias] = [node.input(0), node.input(1), node.optional(2)];
  if (depth.kernel > MOST_SLICES || sizeAfter(depth) < 1) {
    node.fail(
      `a kernel of depth ${depth.kernel} leaves an output of depth ${sizeAfter(depth)}, or exceeds ${MOST_SLICES}`,
    );
  }
  const [batch, channels, slices, ...image] = x.shape;
  const [, perGroup, kernel, ...taps] = weight.shape;
  const images = node.op("transpose", [x], { perm: [0, 2, 1, 3, 4] });
  const inputs = [
    node.reshape(images, [batch * slices, channels, ...image]),
    node.reshape(weight, [channels, perGroup * kernel, ...taps]),
  ];
  const y = node.op("convTranspose2d", inputs, {
    ...planeAttributes(all, groups),
    outputPadding: [height.outputPadding, width.outputPadding],
  });
  const outs = perGroup * groups;
  const size = y.shape.slice(2);
  const split = node.reshape(y, [batch, slices, outs, kernel, sizeOf(size)]);
  const moved = node.op("transpose", [split], { perm: [0, 2, 3, 1, 4] });
  const sum = addSlices(node, interleave(node, moved, depth.stride), depth);
  const biased = bias
    ? node.op("binary", [sum, node.reshape(bias, [outs, 1, 1])], { kind: "add" })
    : sum;
  return node.reshape(biased, [batch, outs, sizeAfter(depth), ...size]);
}

const convTranspose: Converter = (node) => {
  const windows = transposedWindows(node);
  const groups = node.int("group", 1);
  if (windows.length === 3) return transposeVolume(node, windows, groups);
  const all = allAxes(windows);
  const inputs = [asImage(node, node.input(0)), asImage(node, node.input(1)), node.optional(2)];
  const y = node.op("convTranspose2d", inputs[2] ? inputs : inputs.slice(0, 2), {
    ...planeAttributes(all, groups),
    outputPadding: [all[1].outputPadding, all[2].outputPadding],
  });
  return windows.length === 1 ? node.reshape(y, [y.shape[0], y.shape[1], y.shape[3]]) : y;
};

export const convolutionNd: Record<string, Converter> = {
  Conv: conv,
  ConvTranspose: convTranspose,
};
