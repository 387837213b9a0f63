/** Pooling over windows of the image (blocks.md A5; PyTorch max_pool2d, avg_pool2d; ONNX). */
import { sizeOf } from "../graph/tensor.ts";
import type { Evaluate, Operand } from "./operand.ts";

interface Window {
  /** Position of the first tap; negative in the padding. */
  readonly top: number;
  readonly left: number;
  /** Elements that lie inside of the image. */
  readonly elements: number[];
  /** Where each of them lies in its plane, counted row by row. */
  readonly places: number[];
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
    const places: number[] = [];
    for (let u = 0; u < kernel[0]; u++) {
      for (let v = 0; v < kernel[1]; v++) {
        const [i, j] = [top + u * dilation[0], left + v * dilation[1]];
        if (i < 0 || i >= height || j < 0 || j >= width) continue;
        elements.push(x.data[plane + i * width + j]);
        places.push(i * width + j);
      }
    }
    data[p] = pool({ top, left, elements, places });
  }
  return data;
}

/** The greatest element of each window; padding is -inf. */
export const maxPool2d: Evaluate<"maxPool2d"> = ({ inputs: [x], attributes, outputs: [y] }) => [
  poolWindows(x, y.shape, attributes, ({ elements }) =>
    elements.reduce((a, b) => Math.max(a, b), -Infinity),
  ),
];

/** The greatest element of each window, and where its first one lies in its plane. */
export const maxPool2dWithIndices: Evaluate<"maxPool2dWithIndices"> = ({
  inputs: [x],
  attributes,
  outputs: [y],
}) => [
  poolWindows(x, y.shape, attributes, ({ elements }) => Math.max(...elements)),
  poolWindows(
    x,
    y.shape,
    attributes,
    ({ elements, places }) => places[elements.indexOf(Math.max(...elements))],
  ),
];

/** x at its indices into each plane; of equal indices the last counts. */
export const maxUnpool2d: Evaluate<"maxUnpool2d"> = ({ inputs: [x, indices], outputs: [y] }) => {
  const data = new Float64Array(sizeOf(y.shape));
  const area = y.shape[2] * y.shape[3];
  const pooledArea = x.shape[2] * x.shape[3];
  indices.data.forEach((index, i) => {
    if (index < 0 || index >= area) return;
    data[Math.floor(i / pooledArea) * area + index] = x.data[i];
  });
  return [data];
};

/** Taps that begin before `end`. */
const tapsBefore = (end: number, first: number, dilation: number) =>
  Math.ceil((end - first) / dilation);

/**
 * The sum of each window over `divisor`, or over the number of its real pixels (0 without any), or
 * with `countIncludePad` over the taps in the padded image: in ceil mode the last window may reach
 * beyond it.
 */
export const averagePool2d: Evaluate<"averagePool2d"> = ({
  inputs: [x],
  attributes,
  outputs: [y],
}) => {
  const { kernel, padding, dilation = [1, 1], countIncludePad, divisor } = attributes;
  const bottomEdge = x.shape[2] + padding[2];
  const rightEdge = x.shape[3] + padding[3];
  return [
    poolWindows(x, y.shape, attributes, ({ top, left, elements }) => {
      const rows = Math.min(kernel[0], tapsBefore(bottomEdge, top, dilation[0]));
      const columns = Math.min(kernel[1], tapsBefore(rightEdge, left, dilation[1]));
      const sum = elements.reduce((total, value) => total + value, 0);
      const taps = countIncludePad ? rows * columns : Math.max(1, elements.length);
      return sum / (divisor ?? taps);
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

/** Window i is from floor(i * size / count) to ceil((i + 1) * size / count). */
export const adaptivePool2d: Evaluate<"adaptivePool2d"> = ({
  inputs: [x],
  attributes,
  outputs: [y],
}) => {
  const [height, width] = x.shape.slice(2);
  const [rows, columns] = attributes.size;
  const data = new Float64Array(sizeOf(y.shape));
  for (let p = 0; p < data.length; p++) {
    const plane = Math.floor(p / (rows * columns)) * height * width;
    const [i, j] = [Math.floor(p / columns) % rows, p % columns];
    const elements: number[] = [];
    for (let u = Math.floor((i * height) / rows); u < ((i + 1) * height) / rows; u++) {
      for (let v = Math.floor((j * width) / columns); v < ((j + 1) * width) / columns; v++) {
        elements.push(x.data[plane + u * width + v]);
      }
    }
    const sum = elements.reduce((total, value) => total + value, 0);
    data[p] = attributes.kind === "max" ? Math.max(...elements) : sum / elements.length;
  }
  return [data];
};

/** y[q] = max of x[q], x[q + outChannels], x[q + 2 * outChannels], ... */
export const channelMaxPool: Evaluate<"channelMaxPool"> = ({
  inputs: [x],
  attributes: { outChannels },
  outputs: [y],
}) => {
  const channels = x.shape[1];
  const area = x.shape[2] * x.shape[3];
  const data = new Float64Array(sizeOf(y.shape)).fill(-Infinity);
  for (let i = 0; i < x.data.length; i++) {
    const plane = Math.floor(i / area);
    const [n, q] = [Math.floor(plane / channels), (plane % channels) % outChannels];
    const to = (n * outChannels + q) * area + (i % area);
    data[to] = Math.max(data[to], x.data[i]);
  }
  return [data];
};
