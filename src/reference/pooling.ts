/** Pooling over windows of the image (blocks.md A5; PyTorch max_pool2d, avg_pool2d; ONNX). */
import { sizeOf } from "../graph/tensor.ts";
import type { Evaluate, Operand } from "./operand.ts";

interface Window {
  /** Position of the first tap; negative in the padding. */
  readonly top: number;
  readonly left: number;
  /** Elements that lie inside of the image. */
  readonly elements: number[];
}

/** Calls `pool` with the window of each output pixel, in row-major order. */
function poolWindows(
  x: Operand,
  outShape: readonly number[],
  window: {
    kernel: readonly [number, number];
    stride: readonly [number, number];
    padding: readonly number[];
    dilation?: readonly [number, number];
  },
  pool: (window: Window) => number,
): Float64Array {
  const { kernel, stride, padding, dilation = [1, 1] } = window;
  const [height, width] = x.shape.slice(2);
  const [outHeight, outWidth] = outShape.slice(2);
  const data = new Float64Array(sizeOf(outShape));
  for (let p = 0; p < data.length; p++) {
    const plane = Math.floor(p / (outHeight * outWidth)) * height * width;
    const top = (Math.floor(p / outWidth) % outHeight) * stride[0] - padding[0];
    const left = (p % outWidth) * stride[1] - padding[1];
    const elements: number[] = [];
    for (let u = 0; u < kernel[0]; u++) {
      for (let v = 0; v < kernel[1]; v++) {
        const [i, j] = [top + u * dilation[0], left + v * dilation[1]];
        if (i < 0 || i >= height || j < 0 || j >= width) continue;
        elements.push(x.data[plane + i * width + j]);
      }
    }
    data[p] = pool({ top, left, elements });
  }
  return data;
}

/** The greatest element of each window; padding is -inf. */
export const maxPool2d: Evaluate<"maxPool2d"> = ({ inputs: [x], attributes, outputs: [y] }) => [
  poolWindows(x, y.shape, attributes, ({ elements }) =>
    elements.reduce((a, b) => Math.max(a, b), -Infinity),
  ),
];

/**
 * The sum of each window over the number of its real pixels, or with `countIncludePad` over the
 * area of the window clipped to the padded image: in ceil mode the last one may reach beyond it.
 */
export const averagePool2d: Evaluate<"averagePool2d"> = ({
  inputs: [x],
  attributes,
  outputs: [y],
}) => {
  const { kernel, padding, countIncludePad } = attributes;
  const bottomEdge = x.shape[2] + padding[2];
  const rightEdge = x.shape[3] + padding[3];
  return [
    poolWindows(x, y.shape, attributes, ({ top, left, elements }) => {
      const rows = Math.min(top + kernel[0], bottomEdge) - top;
      const columns = Math.min(left + kernel[1], rightEdge) - left;
      const sum = elements.reduce((total, value) => total + value, 0);
      return sum / (countIncludePad ? rows * columns : elements.length);
    }),
  ];
};

/** The mean over H and W of each channel. */
export const globalAveragePool: Evaluate<"globalAveragePool"> = ({ inputs: [x], outputs: [y] }) => {
  const data = new Float64Array(sizeOf(y.shape));
  const area = x.data.length / data.length;
  for (let i = 0; i < x.data.length; i++) data[Math.floor(i / area)] += x.data[i];
  return [data.map((sum) => sum / area)];
};
