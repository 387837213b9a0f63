/** Resize of an image (blocks.md A6; ONNX Resize, PyTorch interpolate). */
import { filterTaps } from "../graph/resize-filter.ts";
import type { FilterTap } from "../graph/resize-filter.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Shape } from "../graph/tensor.ts";
import { splitAt } from "./operand.ts";
import type { Evaluate, Operand } from "./operand.ts";

/** The sums along one axis, one for each list of taps; `value` for an empty list. */
function filterAxis(
  data: Operand["data"],
  shape: Shape,
  axis: number,
  lists: readonly (readonly FilterTap[])[],
  value: number,
): Float64Array {
  const { outer, size, inner } = splitAt(shape, axis);
  const y = new Float64Array(outer * lists.length * inner);
  for (let o = 0; o < outer; o++) {
    lists.forEach((taps, i) => {
      const to = (o * lists.length + i) * inner;
      if (taps.length === 0) y.fill(value, to, to + inner);
      for (const { pixel, weight } of taps) {
        const from = (o * size + pixel) * inner;
        for (let k = 0; k < inner; k++) y[to + k] += weight * data[from + k];
      }
    });
  }
  return y;
}

/** Each output pixel is a weighted sum of input pixels by the taps of its row and its column. */
export const resize: Evaluate<"resize"> = ({ inputs: [x], attributes, outputs: [y] }) => {
  const value = attributes.extrapolationValue ?? 0;
  const [height, width] = x.shape.slice(2);
  const [outHeight, outWidth] = y.shape.slice(2);
  const rows = filterTaps(height, outHeight, attributes, 0);
  const columns = filterTaps(width, outWidth, attributes, 1);
  const narrow = [...x.shape.slice(0, 2), outHeight, width];
  const resized = filterAxis(
    filterAxis(x.data, x.shape, 2, rows, value),
    narrow,
    3,
    columns,
    value,
  );
  return [sizeOf(x.shape) === 0 ? new Float64Array(0) : resized];
};
