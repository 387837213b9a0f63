/** Windows of Conv and ConvTranspose over any number of axes: attributes, and padding that is found. */
import type { Conv2dAttributes } from "../../graph/attributes.ts";
import { transposedSize } from "../../graph/operators/conv-transpose.ts";
import { formatShape } from "../../graph/tensor.ts";
import type { OnnxNode } from "./node.ts";
import { samePadding } from "./window.ts";

/** The window along one axis. */
export interface Window {
  readonly size: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly after: number;
  readonly outputPadding: number;
}

/** Depth, height and width. */
export type Windows = readonly [Window, Window, Window];

/** An axis that the file does not have. */
const UNIT: Window = {
  size: 1,
  kernel: 1,
  stride: 1,
  dilation: 1,
  before: 0,
  after: 0,
  outputPadding: 0,
};

const MODES = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] as const;
type Mode = (typeof MODES)[number];

/** A list of numbers with one an axis, none negative. */
function listOf(node: OnnxNode, name: string, count: number, missing: number): number[] {
  const numbers = node.ints(name, new Array<number>(count).fill(missing));
  if (numbers.length !== count || numbers.some((number) => number < missing)) {
    node.fail(`${name} is ${numbers.join(", ")}, expected ${count} numbers of at least ${missing}`);
  }
  return numbers;
}

/** The windows as the attributes give them, one for each axis after N and C. */
function givenWindows(node: OnnxNode): { windows: Window[]; mode: Mode } {
  const [x, weight] = [node.input(0).shape, node.input(1).shape];
  const axes = x.length - 2;
  if (axes < 1 || axes > 3 || weight.length !== x.length) {
    node.fail(`x has rank ${x.length} and weight ${weight.length}, expected equal ones of 3 to 5`);
  }
  if ([...x, ...weight].some((size) => size < 1)) {
    node.fail(
      `x has shape ${formatShape(x)} and weight ${formatShape(weight)}, both are not to be empty`,
    );
  }
  const given = node.ints("kernel_shape", weight.slice(2));
  if (String(given) !== String(weight.slice(2))) {
    node.fail(`kernel_shape is ${given.join("x")}, but weight has shape ${weight.join("x")}`);
  }
  const mode = node.choice("auto_pad", MODES, "NOTSET");
  const pads = mode === "NOTSET" ? listOf(node, "pads", 2 * axes, 0) : [];
  const strides = listOf(node, "strides", axes, 1);
  const dilations = listOf(node, "dilations", axes, 1);
  const outputPaddings = listOf(node, "output_padding", axes, 0);
  const windows = given.map((kernel, axis) => ({
    size: x[2 + axis],
    kernel,
    stride: strides[axis],
    dilation: dilations[axis],
    before: pads.at(axis) ?? 0,
    after: pads.at(axes + axis) ?? 0,
    outputPadding: outputPaddings[axis],
  }));
  return { windows, mode };
}

/** Adds windows of one pixel for the axes that the file does not have. */
export function allAxes(windows: readonly Window[]): Windows {
  const [depth, height, width] = [UNIT, UNIT, ...windows].slice(-3);
  return [depth, height, width];
}

/** The attributes of the convolution over height and width. */
export function planeAttributes([, height, width]: Windows, groups: number): Conv2dAttributes {
  return {
    stride: [height.stride, width.stride],
    padding: [height.before, width.before, height.after, width.after],
    dilation: [height.dilation, width.dilation],
    groups,
  };
}

/** The windows of a convolution. */
export function convolutionWindows(node: OnnxNode): Window[] {
  const { windows, mode } = givenWindows(node);
  if (!mode.startsWith("SAME")) return windows;
  return windows.map((window) => {
    const extent = (window.kernel - 1) * window.dilation + 1;
    const isLower = mode === "SAME_LOWER";
    const [before, after] = samePadding(window.size, extent, window.stride, isLower);
    return { ...window, before, after };
  });
}

/** Size of a transposed convolution along an axis. */
export function sizeAfter(window: Window): number {
  const { size, kernel, stride, dilation, before, after, outputPadding } = window;
  return transposedSize(size, kernel, stride, dilation, before + after - outputPadding);
}

/** Padding is what leads to a size that is given; where it would be negative, pixels are added. */
function towards(window: Window, size: number, mode: Mode): Window {
  const total = sizeAfter({ ...window, before: 0, after: 0 }) - size;
  if (total < 0) {
    return { ...window, before: 0, after: 0, outputPadding: window.outputPadding - total };
  }
  const less = Math.floor(total / 2);
  const [before, after] = mode === "SAME_UPPER" ? [less, total - less] : [total - less, less];
  return { ...window, before, after };
}

/** The windows of a transposed convolution. */
export function transposedWindows(node: OnnxNode): Window[] {
  const { windows, mode } = givenWindows(node);
  if (node.has("output_shape")) {
    // Some files give N and C too.
    const sizes = node.ints("output_shape").slice(-windows.length);
    if (sizes.length !== windows.length || sizes.some((size) => size < 1)) {
      node.fail(`output_shape is ${sizes.join(", ")}, expected ${windows.length} sizes`);
    }
    return windows.map((window, axis) => towards(window, sizes[axis], mode));
  }
  if (!mode.startsWith("SAME")) return windows;
  return windows.map((window) => towards(window, window.size * window.stride, mode));
}
