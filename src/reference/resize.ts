/** Resize of an image (blocks.md A6; ONNX Resize, PyTorch interpolate). */
import { resizeTaps } from "../graph/resize-coordinates.ts";
import { sizeOf } from "../graph/tensor.ts";
import type { Evaluate } from "./operand.ts";

/** Each output pixel is a mean of 2x2 input pixels (of one, for nearest) by the taps of its axes. */
export const resize: Evaluate<"resize"> = ({ inputs: [x], attributes, outputs: [y] }) => {
  const [height, width] = x.shape.slice(2);
  const [outHeight, outWidth] = y.shape.slice(2);
  const rows = resizeTaps(height, outHeight, attributes, 0);
  const columns = resizeTaps(width, outWidth, attributes, 1);
  const data = new Float64Array(sizeOf(y.shape));
  let at = 0;
  for (let plane = 0; plane < x.data.length; plane += height * width) {
    for (const row of rows) {
      for (const column of columns) {
        const between = (line: number) => {
          const low = x.data[plane + line * width + column.low];
          const high = x.data[plane + line * width + column.high];
          return low + (high - low) * column.fraction;
        };
        const low = between(row.low);
        data[at++] = low + (between(row.high) - low) * row.fraction;
      }
    }
  }
  return [data];
};
