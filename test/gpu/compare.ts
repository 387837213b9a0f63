/** Compares outputs of the GPU with those of the reference. */
import { formatShape, sameShape } from "../../src/graph/tensor.ts";
import type { Tensor, TensorArray } from "../../src/graph/tensor.ts";

export interface Difference {
  /** Greatest absolute error; Infinity where one side is NaN and the other is not. */
  readonly maxError: number;
  /** Greatest magnitude of the reference. */
  readonly maxAbs: number;
  /** Where the greatest error is. */
  readonly index: number;
}

/** @throws Error when lengths differ. */
export function differenceOf(actual: TensorArray, expected: TensorArray): Difference {
  if (actual.length !== expected.length) {
    throw new Error(`${actual.length} numbers, expected ${expected.length}`);
  }
  let [maxError, maxAbs, index] = [0, 0, 0];
  for (let i = 0; i < expected.length; i++) {
    const [y, reference] = [actual[i], expected[i]];
    const error = Object.is(y, reference) ? 0 : Math.abs(y - reference);
    maxAbs = Math.max(maxAbs, Math.abs(reference));
    if (!(error <= maxError)) [maxError, index] = [Number.isNaN(error) ? Infinity : error, i];
  }
  return { maxError, maxAbs, index };
}

/**
 * Fails when an output is missing or has another shape or type, or when an element is further from
 * the reference than `tolerance` times the greatest magnitude of the reference, or times `least`
 * where that is more.
 * @throws Error that names the output, the element and both numbers.
 */
export function expectNear(
  actual: Readonly<Record<string, Tensor>>,
  expected: Readonly<Record<string, Tensor>>,
  tolerance: number,
  { least = 0 } = {},
): void {
  const names = Object.keys(expected);
  if (Object.keys(actual).join() !== names.join()) {
    throw new Error(`outputs ${Object.keys(actual).join()}, expected ${names.join()}`);
  }
  for (const name of names) {
    const [y, reference] = [actual[name], expected[name]];
    if (!sameShape(y.shape, reference.shape) || y.dtype !== reference.dtype) {
      throw new Error(
        `${name} is ${y.dtype} ${formatShape(y.shape)}, ` +
          `expected ${reference.dtype} ${formatShape(reference.shape)}`,
      );
    }
    const { maxError, maxAbs, index } = differenceOf(y.data, reference.data);
    if (maxError > tolerance * Math.max(maxAbs, least)) {
      throw new Error(
        `${name}[${index}] is ${y.data[index]}, expected ${reference.data[index]}: ` +
          `off by ${(maxError / maxAbs).toExponential(1)} of the greatest magnitude ${maxAbs}, ` +
          `allowed are ${tolerance}`,
      );
    }
  }
}
