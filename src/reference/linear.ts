/** Fully connected layer and matrix product (blocks.md A7; PyTorch linear, matmul). */
import { broadcastPositions, positions } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

/** y[n, o] = bias[o] + sum over c of weight[o, c] * x[n, c] */
export const linear: Evaluate<"linear"> = ({ inputs, outputs: [{ shape }] }) => {
  const [x, weight] = inputs;
  const bias = inputs.at(2)?.data;
  const [batch, outChannels] = shape;
  const channels = x.shape[1];
  const data = new Float64Array(batch * outChannels);
  for (let n = 0; n < batch; n++) {
    for (let o = 0; o < outChannels; o++) {
      let sum = bias?.[o] ?? 0;
      for (let c = 0; c < channels; c++) {
        sum += weight.data[o * channels + c] * x.data[n * channels + c];
      }
      data[n * outChannels + o] = sum;
    }
  }
  return [data];
};

/** y[..., m, p] = sum over k of a[..., m, k] * b[..., k, p]; leading axes broadcast. */
export const matmul: Evaluate<"matmul"> = ({ inputs: [a, b], outputs: [{ shape }] }) => {
  const batchShape = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  const depth = a.shape[a.shape.length - 1];
  const batchOfA = broadcastPositions(a.shape.slice(0, -2), batchShape);
  const batchOfB = broadcastPositions(b.shape.slice(0, -2), batchShape);
  const cells = positions([rows, columns], [columns, 1]);
  const data = new Float64Array(batchOfA.length * cells.length);
  batchOfA.forEach((matrixOfA, n) => {
    for (const cell of cells) {
      const rowOfA = matrixOfA * rows * depth + Math.floor(cell / columns) * depth;
      const columnOfB = batchOfB[n] * depth * columns + (cell % columns);
      let sum = 0;
      for (let k = 0; k < depth; k++) {
        sum += a.data[rowOfA + k] * b.data[columnOfB + k * columns];
      }
      data[n * cells.length + cell] = sum;
    }
  });
  return [data];
};
