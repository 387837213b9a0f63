/** The k greatest or smallest elements along an axis (ONNX TopK, sorted). */
import { sizeOf } from "../graph/tensor.ts";
import { arrayLike, splitAt } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

/** Values in order, and where they stood; of equal values the one with the lower index is first. */
export const topK: Evaluate<"topK"> = ({ inputs: [x], attributes, outputs: [y] }) => {
  const { k, axis, largest } = attributes;
  const { outer, size, inner } = splitAt(x.shape, axis);
  const values = arrayLike(x.data, sizeOf(y.shape));
  const indices = new Int32Array(values.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const value = (index: number) => x.data[(o * size + index) * inner + i];
      const order = Array.from({ length: size }, (_, index) => index);
      // Array.sort is stable: equal values stay in the order of their indices.
      order.sort((a, b) => (largest ? value(b) - value(a) : value(a) - value(b)));
      for (let rank = 0; rank < k; rank++) {
        const to = (o * k + rank) * inner + i;
        values[to] = value(order[rank]);
        indices[to] = order[rank];
      }
    }
  }
  return [values, indices];
};
