/** Batch normalisation and softmax (blocks.md A10, A12). */
import { mapElements, splitAt } from "./operand.ts";
import type { Evaluate } from "./operand.ts";

/** y = weight * (x - mean) / sqrt(variance + epsilon) + bias, each per channel */
export const batchNorm: Evaluate<"batchNorm"> = ({ inputs, attributes }) => {
  const [x, weight, bias, mean, variance] = inputs.map(({ data }) => data);
  const { size, inner } = splitAt(inputs[0].shape, 1);
  return [
    mapElements(x, (value, i) => {
      const c = Math.floor(i / inner) % size;
      const deviation = Math.sqrt(variance[c] + attributes.epsilon);
      return (weight[c] * (value - mean[c])) / deviation + bias[c];
    }),
  ];
};

/** y = exp(x - max) / sum of exp(x - max), over one axis */
export const softmax: Evaluate<"softmax"> = ({ inputs: [x], attributes }) => {
  const { outer, size, inner } = splitAt(x.shape, attributes.axis);
  const data = new Float64Array(x.data.length);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const at = (k: number) => (o * size + k) * inner + i;
      let max = -Infinity;
      for (let k = 0; k < size; k++) max = Math.max(max, x.data[at(k)]);
      let sum = 0;
      for (let k = 0; k < size; k++) sum += data[at(k)] = Math.exp(x.data[at(k)] - max);
      for (let k = 0; k < size; k++) data[at(k)] /= sum;
    }
  }
  return [data];
};
