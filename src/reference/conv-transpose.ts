/** Transposed convolution (blocks.md A2; PyTorch conv_transpose2d, ONNX ConvTranspose). */
import type { Evaluate } from "./operand.ts";

/**
 * Every x[n, c, i, j] is scattered: y[n, o, i * stride - top + u * dilation, j * stride - left + v *
 * dilation] += weight[c, o, u, v] * x[n, c, i, j] for the outputs o of the group of c. What falls
 * outside of y is lost. The kernels gather instead.
 */
export const convTranspose2d: Evaluate<"convTranspose2d"> = ({
  inputs,
  attributes: { stride, padding, dilation, groups },
  outputs: [{ shape }],
}) => {
  const [x, weight] = inputs;
  const bias = inputs.at(2)?.data;
  const [batch, channels, height, width] = x.shape;
  const [, perGroup, ...kernel] = weight.shape;
  const [, outs, outHeight, outWidth] = shape;
  const taps = kernel[0] * kernel[1];
  const area = outHeight * outWidth;
  const y = new Float64Array(batch * outs * area);
  for (let plane = 0; plane < batch * outs; plane++) {
    y.fill(bias?.[plane % outs] ?? 0, plane * area, (plane + 1) * area);
  }
  for (let from = 0; from < x.data.length; from++) {
    const j = from % width;
    const i = Math.floor(from / width) % height;
    const c = Math.floor(from / (width * height)) % channels;
    const n = Math.floor(from / (width * height * channels));
    const group = Math.floor(c / (channels / groups));
    for (let o = 0; o < perGroup; o++) {
      const plane = (n * outs + group * perGroup + o) * area;
      for (let tap = 0; tap < taps; tap++) {
        const row = i * stride[0] - padding[0] + Math.floor(tap / kernel[1]) * dilation[0];
        const column = j * stride[1] - padding[1] + (tap % kernel[1]) * dilation[1];
        if (row < 0 || row >= outHeight || column < 0 || column >= outWidth) continue;
        const factor = weight.data[(c * perGroup + o) * taps + tap];
        y[plane + row * outWidth + column] += factor * x.data[from];
      }
    }
  }
  return [y];
};
