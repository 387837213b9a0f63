/** Convolution (blocks.md A1; PyTorch conv2d, ONNX Conv). */
import type { Conv2dAttributes } from "../graph/attributes.ts";
import type { Shape } from "../graph/tensor.ts";
import type { Evaluate } from "./operand.ts";

/** One weight's part of a convolution: y[i, j] += factor * x[i * stride + top, j * stride + left]. */
interface Tap {
  readonly top: number;
  readonly left: number;
  /** The outputs i in [first, end) and j in [first, end) for which x has a pixel there. */
  readonly rows: readonly [first: number, end: number];
  readonly columns: readonly [first: number, end: number];
}

function insideRange(offset: number, stride: number, size: number, outputs: number) {
  const first = Math.max(0, Math.ceil(-offset / stride));
  const end = Math.min(outputs, Math.floor((size - 1 - offset) / stride) + 1);
  return [first, end] as const;
}

/** The taps of a kernel [kh, kw] in row-major order. */
function tapsOf(kernel: Shape, image: Shape, outImage: Shape, attributes: Conv2dAttributes) {
  const { stride, padding, dilation } = attributes;
  return Array.from({ length: kernel[0] * kernel[1] }, (_, tap): Tap => {
    const top = Math.floor(tap / kernel[1]) * dilation[0] - padding[0];
    const left = (tap % kernel[1]) * dilation[1] - padding[1];
    const rows = insideRange(top, stride[0], image[0], outImage[0]);
    return { top, left, rows, columns: insideRange(left, stride[1], image[1], outImage[1]) };
  });
}

/** A channel of an image inside of an array. */
interface Plane {
  readonly data: Float64Array;
  readonly width: number;
  /** Index of the channel's first pixel. */
  start: number;
}

function accumulateTap(
  y: Plane,
  x: Plane,
  factor: number,
  { top, left, rows, columns }: Tap,
  stride: Conv2dAttributes["stride"],
): void {
  const [from, to, step] = [x.data, y.data, stride[1]];
  for (let i = rows[0]; i < rows[1]; i++) {
    let source = x.start + (i * stride[0] + top) * x.width + columns[0] * step + left;
    const end = y.start + i * y.width + columns[1];
    for (let p = y.start + i * y.width + columns[0]; p < end; p++) {
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
  const [xOperand, weight] = inputs;
  const bias = inputs.at(2)?.data;
  const { stride, padding, groups } = attributes;
  const [batch, channels] = xOperand.shape;
  const [outChannels, perGroup, ...kernel] = weight.shape;
  let image = xOperand.shape.slice(2);
  let outImage = shape.slice(2);
  const area = image[0] * image[1];
  const outArea = outImage[0] * outImage[1];
  if (kernel.join() === "1,1" && [...stride, ...padding].join() === "1,1,0,0,0,0") {
    // A pointwise convolution does not care where rows end: one long row is faster.
    [image, outImage] = [
      [1, area],
      [1, outArea],
    ];
  }

  const taps = tapsOf(kernel, image, outImage, attributes);
  const factors = new Float64Array(weight.data);
  const x = { data: new Float64Array(xOperand.data), width: image[1], start: 0 };
  const y = { data: new Float64Array(batch * outChannels * outArea), width: outImage[1], start: 0 };
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      const firstChannel = Math.floor(o / (outChannels / groups)) * perGroup;
      y.start = (n * outChannels + o) * outArea;
      y.data.fill(bias?.[o] ?? 0, y.start, y.start + outArea);
      for (let c = 0; c < perGroup; c++) {
        x.start = (n * channels + firstChannel + c) * area;
        for (let tap = 0; tap < taps.length; tap++) {
          const factor = factors[(o * perGroup + c) * taps.length + tap];
          accumulateTap(y, x, factor, taps[tap], stride);
        }
      }
    }
  }
  return [y.data];
};
