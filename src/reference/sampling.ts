/** Operators that read x beside the output's own place: deformSample2d, shift. */
import type { Evaluate, Operand } from "./operand.ts";

/** The pixel of a plane that begins at `start`; 0 outside of it. */
function pixelAt({ data, shape }: Operand, start: number, row: number, column: number): number {
  const [, , height, width] = shape;
  const inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? data[start + row * width + column] : 0;
}

/** Between four pixels; 0 from a whole pixel outside of the image on. */
function bilinear(x: Operand, start: number, row: number, column: number): number {
  const [, , height, width] = x.shape;
  if (!(row > -1 && row < height && column > -1 && column < width)) return 0;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  return (
    (1 - down) * (1 - right) * pixelAt(x, start, top, left) +
    (1 - down) * right * pixelAt(x, start, top, left + 1) +
    down * (1 - right) * pixelAt(x, start, top + 1, left) +
    down * right * pixelAt(x, start, top + 1, left + 1)
  );
}

/**
 * y[n, c * K + t, i, j] = mask[n, g * K + t, i, j] * x[n, c] at (i * stride - top + u * dilation +
 * offset[n, g * 2K + 2t, i, j], j * stride - left + v * dilation + offset[n, g * 2K + 2t + 1, i, j])
 * for tap t = u * kw + v and the offset group g of c (blocks.md A3).
 */
export const deformSample2d: Evaluate<"deformSample2d"> = ({
  inputs,
  attributes: { kernel, stride, padding, dilation, offsetGroups },
  outputs: [{ shape }],
}) => {
  const [x, offset] = inputs;
  const mask = inputs.at(2)?.data;
  const [batch, channels, height, width] = x.shape;
  const [outWidth, area] = [shape[3], shape[2] * shape[3]];
  const taps = kernel[0] * kernel[1];
  const y = new Float64Array(batch * channels * taps * area);
  for (let to = 0; to < y.length; to++) {
    const pixel = to % area;
    const t = Math.floor(to / area) % taps;
    const plane = Math.floor(to / (area * taps));
    const group = Math.floor((plane % channels) / (channels / offsetGroups));
    const image = Math.floor(plane / channels);
    const moved = (image * offsetGroups + group) * taps + t;
    const row = Math.floor(pixel / outWidth) * stride[0] - padding[0];
    const column = (pixel % outWidth) * stride[1] - padding[1];
    const value = bilinear(
      x,
      plane * height * width,
      row + Math.floor(t / kernel[1]) * dilation[0] + offset.data[2 * moved * area + pixel],
      column + (t % kernel[1]) * dilation[1] + offset.data[(2 * moved + 1) * area + pixel],
    );
    y[to] = value * (mask?.[moved * area + pixel] ?? 1);
  }
  return [y];
};

/**
 * y[c, i, j] = x[c, i + dy, j + dx], 0 outside, with dx = dilation * (c % k - floor(k / 2)) and dy =
 * dilation * (floor(c / k) % k - floor(k / 2)); both 0 for the channels past the last whole k * k
 * (blocks.md A4).
 */
export const shift: Evaluate<"shift"> = ({ inputs: [x], attributes: { kernel, dilation } }) => {
  const [, channels, height, width] = x.shape;
  const moved = channels - (channels % kernel ** 2);
  const half = (kernel - 1) / 2;
  const data = Float64Array.from(x.data, (_, at) => {
    const plane = Math.floor(at / (height * width));
    const c = plane % channels;
    const [dy, dx] = c < moved ? [Math.floor(c / kernel) % kernel, c % kernel] : [half, half];
    const row = (Math.floor(at / width) % height) + dilation * (dy - half);
    return pixelAt(x, plane * height * width, row, (at % width) + dilation * (dx - half));
  });
  return [data];
};
