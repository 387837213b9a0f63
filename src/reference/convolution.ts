/** Convolution (blocks.md A1; PyTorch conv2d, ONNX Conv). */
import type { Conv2dAttributes } from "../graph/attributes.ts";
import type { Evaluate } from "./operand.ts";

/** The outputs i in [first, end) whose tap at i * stride + offset lies inside of [0, size). */
function insideRange(offset: number, stride: number, size: number, outputs: number) {
  const first = Math.max(0, Math.ceil(-offset / stride));
  const end = Math.min(outputs, Math.floor((size - 1 - offset) / stride) + 1);
  return [first, end] as const;
}

interface Plane {
  readonly data: Float64Array;
  readonly height: number;
  readonly width: number;
}

/** y[i, j] += factor * x[i * stride + top, j * stride + left], and nothing outside of x. */
function accumulateTap(
  y: Plane,
  x: Plane,
  tap: { factor: number; top: number; left: number; stride: Conv2dAttributes["stride"] },
): void {
  const { factor, top, left, stride } = tap;
  const [firstRow, endRow] = insideRange(top, stride[0], x.height, y.height);
  const [firstColumn, endColumn] = insideRange(left, stride[1], x.width, y.width);
  const step = stride[1];
  const [from, to] = [x.data, y.data];
  for (let i = firstRow; i < endRow; i++) {
    let source = (i * stride[0] + top) * x.width + firstColumn * step + left;
    const end = i * y.width + endColumn;
    for (let p = i * y.width + firstColumn; p < end; p++) {
      to[p] += factor * from[source];
      source += step;
    }
  }
}

/**
 * y[n, o, i, j] = bias[o] + sum over c, u, v of weight[o, c, u, v] *
 * x[n, group(o) * C/groups + c, i * stride - top + u * dilation, j * stride - left + v * dilation],
 * where x outside of the image is 0. Summed tap by tap over whole planes, which keeps the innermost
 * loop long.
 */
export const conv2d: Evaluate<"conv2d"> = ({ inputs, attributes, outputs: [{ shape }] }) => {
  const [x, weight] = inputs;
  const bias = inputs.at(2)?.data;
  const { stride, padding, dilation, groups } = attributes;
  const [batch, channels, height, width] = x.shape;
  const [outChannels, perGroup, kernelHeight, kernelWidth] = weight.shape;
  const [outHeight, outWidth] = shape.slice(2);
  const source = new Float64Array(x.data);
  const factors = new Float64Array(weight.data);
  const data = new Float64Array(batch * outChannels * outHeight * outWidth);

  // A pointwise convolution does not care where rows end: one long row is the same and faster.
  const flat = kernelHeight * kernelWidth === 1 && [...stride, ...padding].join() === "1,1,0,0,0,0";
  const sizeOfX = flat ? { height: 1, width: height * width } : { height, width };
  const sizeOfY = flat
    ? { height: 1, width: outHeight * outWidth }
    : { height: outHeight, width: outWidth };

  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      const planeOfY = (n * outChannels + o) * outHeight * outWidth;
      const y = {
        ...sizeOfY,
        data: data.subarray(planeOfY, planeOfY + outHeight * outWidth).fill(bias?.[o] ?? 0),
      };
      const firstChannel = Math.floor(o / (outChannels / groups)) * perGroup;
      for (let c = 0; c < perGroup; c++) {
        const planeOfX = (n * channels + firstChannel + c) * height * width;
        const plane = {
          ...sizeOfX,
          data: source.subarray(planeOfX, planeOfX + height * width),
        };
        for (let u = 0; u < kernelHeight; u++) {
          for (let v = 0; v < kernelWidth; v++) {
            const factor = factors[((o * perGroup + c) * kernelHeight + u) * kernelWidth + v];
            const top = u * dilation[0] - padding[0];
            const left = v * dilation[1] - padding[1];
            accumulateTap(y, plane, { factor, top, left, stride });
          }
        }
      }
    }
  }
  return [data];
};
