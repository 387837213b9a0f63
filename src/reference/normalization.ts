/** Normalisations and softmax (blocks.md A10, A11, A12; Ba et al., arXiv 1607.06450; Wu and He, arXiv 1803.08494). */
import { mapElements, splitAt } from "./operand.ts";
import type { Evaluate, Operand } from "./operand.ts";

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

/** y = exp(x - max) / sum of exp(x - max), over one axis; with `log` its logarithm */
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
      for (let k = 0; k < size; k++) {
        data[at(k)] = attributes.log ? x.data[at(k)] - max - Math.log(sum) : data[at(k)] / sum;
      }
    }
  }
  return [data];
};

/** Each run of `size` elements minus its mean, over the square root of its variance plus epsilon. */
function normalizeRuns(x: Operand["data"], size: number, epsilon: number): Float64Array {
  const data = new Float64Array(x.length);
  for (let start = 0; start < x.length; start += size) {
    const run = Float64Array.from(x.subarray(start, start + size));
    const mean = run.reduce((sum, value) => sum + value, 0) / size;
    const variance = run.reduce((sum, value) => sum + (value - mean) ** 2, 0) / size;
    const deviation = Math.sqrt(variance + epsilon) || 1;
    run.forEach((value, i) => (data[start + i] = (value - mean) / deviation));
  }
  return data;
}

/** Over the axes from `axis` on. */
export const layerNorm: Evaluate<"layerNorm"> = ({ inputs: [{ data, shape }], attributes }) => {
  const { size, inner } = splitAt(shape, attributes.axis);
  return [normalizeRuns(data, size * inner, attributes.epsilon)];
};

/** Over the pixels of C / groups channels. */
export const groupNorm: Evaluate<"groupNorm"> = ({ inputs: [{ data, shape }], attributes }) => {
  const [, channels, height, width] = shape;
  const { groups, epsilon } = attributes;
  return [normalizeRuns(data, (channels / groups) * height * width, epsilon)];
};

/** y[c] = x[c] / (bias + alpha * sum of x[c']^2 for c' from c - before to c + after)^beta */
export const localResponseNorm: Evaluate<"localResponseNorm"> = ({ inputs: [x], attributes }) => {
  const { before, after, alpha, beta, bias } = attributes;
  const { size, inner } = splitAt(x.shape, 1);
  return [
    mapElements(x.data, (value, i) => {
      const c = Math.floor(i / inner) % size;
      let sum = 0;
      for (let other = Math.max(c - before, 0); other <= Math.min(c + after, size - 1); other++) {
        sum += x.data[i + (other - c) * inner] ** 2;
      }
      return value / (bias + alpha * sum) ** beta;
    }),
  ];
};
