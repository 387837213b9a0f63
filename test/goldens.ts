/**
 * Outputs of the reference implementations, computed with formula weights and inputs
 * (`src/graph/synthetic.ts`), and the comparison with them.
 */
import { formatShape, sameShape } from "../src/graph/tensor.ts";
import type { Shape, Tensor } from "../src/graph/tensor.ts";
import blocks from "./goldens/blocks.json";
import networks from "./goldens/networks.json";

/** An output: its shape, some elements as [flat index, value], and statistics over all. */
export interface Golden {
  readonly shape: Shape;
  readonly sum: number;
  /** Square root of the sum of squares. */
  readonly l2: number;
  readonly max: number;
  readonly min: number;
  readonly samples: readonly (readonly number[])[];
}

export interface Fixture {
  /** Shape of the input. */
  readonly input: Shape;
  readonly params: number;
  readonly macs: number;
  /** Of the output, or of each output in turn. */
  readonly golden?: Golden | readonly Golden[];
}

export interface NetworkFixture extends Fixture {
  /** Shape of the first output, without the batch; [1000] where absent. */
  readonly output?: Shape;
  /** Name of the file in `goldens/keys/`; the id where absent, null where weights have no names. */
  readonly keys?: string | null;
}

/**
 * By id of the registry. Relative to the greatest magnitude, float64 is about 1e-6 off. Allow
 * float32 1e-4: MobileNetV3-Small with a batch norm epsilon of 1e-5 is only 6e-4 off.
 */
export const NETWORK_GOLDENS: Readonly<Record<string, NetworkFixture>> = networks;
/** By name of the fixture; `keys` are lines of `state_dict` name and shape. */
export const BLOCK_GOLDENS: Readonly<Record<string, Fixture & { readonly keys: string[] }>> =
  blocks;

/**
 * A lower bound of the greatest absolute error of an output, and the greatest magnitude of the
 * golden. The mean cannot be off by more than the greatest error, nor can the root mean square
 * or the extremes, so each of them counts as it stands.
 * @throws Error when the shapes differ
 */
export function compareWithGolden(
  output: Tensor,
  golden: Golden,
): { maxError: number; maxAbs: number } {
  if (!sameShape(output.shape, golden.shape)) {
    const shapes = `${formatShape(output.shape)}, expected ${formatShape(golden.shape)}`;
    throw new Error(`golden: output has shape ${shapes}`);
  }
  const data = Float64Array.from(output.data);
  const sum = data.reduce((total, x) => total + x, 0);
  const squares = data.reduce((total, x) => total + x * x, 0);
  const max = data.reduce((most, x) => Math.max(most, x), -Infinity);
  const min = data.reduce((least, x) => Math.min(least, x), Infinity);
  const errors = [
    ...golden.samples.map(([index, value]) => data[index] - value),
    (sum - golden.sum) / data.length,
    (Math.sqrt(squares) - golden.l2) / Math.sqrt(data.length),
    max - golden.max,
    min - golden.min,
  ].map(Math.abs);
  const maxError = errors.some(Number.isNaN) ? Infinity : Math.max(...errors);
  return { maxError, maxAbs: Math.max(Math.abs(golden.max), Math.abs(golden.min)) };
}

/**
 * The greatest error of all outputs that have a golden, each relative to its own greatest magnitude.
 * @throws Error when there are fewer outputs than goldens, or a shape differs
 */
export function relativeError(
  outputs: Readonly<Record<string, Tensor>>,
  golden: Golden | readonly Golden[],
): number {
  const goldens = "shape" in golden ? [golden] : golden;
  const tensors = Object.values(outputs);
  if (tensors.length < goldens.length) {
    throw new Error(`golden: ${tensors.length} outputs, expected ${goldens.length}`);
  }
  const errors = goldens.map((each, i) => {
    const { maxError, maxAbs } = compareWithGolden(tensors[i], each);
    return maxError / maxAbs;
  });
  return Math.max(...errors);
}
