/** The windows that operators slide over an image, along one axis. */
import type { Pair, ResizeAttributes } from "./attributes.ts";
import type { Node } from "./graph.ts";

export interface Window {
  /** Positions of the input from the first to the last that reach one of the output. */
  readonly reach: number;
  /** Positions of the input from one of the output to the next; below 1 where x grows. */
  readonly stride: number;
  /** Whether a position of the output sees all of the input. */
  readonly whole: boolean;
}

/** How a window is written: [h, w] each. */
export interface WindowShape {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  readonly groups: number;
}

/** Kernel, stride, dilation and groups of a node; null for one without a kernel. */
export function windowShape(node: Node): WindowShape | null {
  switch (node.op) {
    case "conv2d":
    case "convTranspose2d": {
      const { stride, dilation, groups } = node.attributes;
      const [, , h, w] = node.inputs[1]!.shape;
      return { kernel: [h, w], stride, dilation, groups };
    }
    case "maxPool2d":
    case "maxPool2dWithIndices":
    case "averagePool2d":
    case "deformSample2d": {
      const { kernel, stride, dilation = [1, 1] } = node.attributes;
      return { kernel, stride, dilation, groups: 1 };
    }
    case "shift": {
      const { kernel, dilation } = node.attributes;
      const square = (n: number): Pair => [n, n];
      return {
        kernel: square(kernel),
        stride: square(1),
        dilation: square(dilation),
        groups: node.outputs[0].shape[1],
      };
    }
    default:
      return null;
  }
}

/**
 * The window of a node along the rows (0) or columns (1) of an image; null where it has none. That of a
 * deformable convolution is the one that its offsets distort.
 */
export function windowOf(node: Node, dim: 0 | 1): Window | null {
  const shape = windowShape(node);
  const [from, to] = [node.inputs[0]!, node.outputs[0]].map((value) => value.shape[dim + 2]);
  if (shape) {
    const reach = shape.dilation[dim] * (shape.kernel[dim] - 1);
    const stride = shape.stride[dim];
    if (node.op !== "convTranspose2d") return { reach, stride, whole: false };
    return { reach: Math.floor(reach / stride), stride: 1 / stride, whole: false };
  }
  switch (node.op) {
    case "adaptivePool2d":
      return adaptiveWindow(from, to);
    case "maxUnpool2d":
      return { reach: 0, stride: from / to, whole: false };
    case "resize":
      return {
        reach: from === to ? 0 : taps(node.attributes) - 1,
        stride: from / to,
        whole: false,
      };
    default:
      return null;
  }
}

/** The widest of the windows from floor(i * from / to) to ceil((i + 1) * from / to). */
function adaptiveWindow(from: number, to: number): Window {
  let widest = 0;
  for (let i = 0; i < to; i++) {
    const width = Math.ceil(((i + 1) * from) / to) - Math.floor((i * from) / to);
    widest = Math.max(widest, width);
  }
  return { reach: widest - 1, stride: from / to, whole: to === 1 };
}

function taps({ mode }: ResizeAttributes): number {
  return { nearest: 1, linear: 2, cubic: 4 }[mode];
}
