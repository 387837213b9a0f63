/** Kernel, stride, dilation and padding of ONNX's convolutions and pools. */
import type { Pair, Padding } from "../../graph/attributes.ts";
import type { OnnxNode } from "./node.ts";

export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly padding: Padding;
  /** Whether `auto_pad` sets the output size, so that rounding modes have no say. */
  readonly automatic: boolean;
}

/** Only images are supported: @throws FormatError when the input is not [N, C, H, W]. */
export function checkImage(node: OnnxNode): void {
  const { shape } = node.input(0);
  if (shape.length !== 4) {
    node.fail(`x has rank ${shape.length}, expected 4: only [N, C, H, W] is supported`);
  }
}

function pair(node: OnnxNode, name: string, missing?: number[]): Pair {
  const values = node.ints(name, missing);
  if (values.length !== 2) node.fail(`${name} has ${values.length} numbers, expected 2`);
  return [values[0], values[1]];
}

/** As much padding as keeps ceil(size / stride) pixels; the odd one goes after, or before. */
export function samePadding(size: number, extent: number, stride: number, lower: boolean): Pair {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + extent - size, 0);
  const less = Math.floor(total / 2);
  return lower ? [total - less, less] : [less, total - less];
}

/** Reads the window of a node on x [N, C, H, W]; `kernel` is given where weights tell it. */
export function readWindow(node: OnnxNode, kernel = pair(node, "kernel_shape")): Window {
  const [, , height, width] = node.input(0).shape;
  const stride = pair(node, "strides", [1, 1]);
  const dilation = pair(node, "dilations", [1, 1]);
  const modes = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"] as const;
  const mode = node.choice("auto_pad", modes, "NOTSET");
  const pads = mode === "NOTSET" ? node.ints("pads", [0, 0, 0, 0]) : [0, 0, 0, 0];
  if (pads.length !== 4) node.fail(`pads has ${pads.length} numbers, expected 4`);
  let padding: Padding = [pads[0], pads[1], pads[2], pads[3]];
  if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
    const [top, bottom, left, right] = [height, width].flatMap((size, axis) =>
      samePadding(
        size,
        (kernel[axis] - 1) * dilation[axis] + 1,
        stride[axis],
        mode === "SAME_LOWER",
      ),
    );
    padding = [top, left, bottom, right];
  }
  return { kernel, stride, dilation, padding, automatic: mode !== "NOTSET" };
}
