/** What random cases are put together from: small sizes, awkward as often as not. */
import fc from "fast-check";
import type { Arbitrary } from "fast-check";
import type { Padding, Pair } from "../../../src/graph/attributes.ts";
import type { OperatorAttributes, OperatorName } from "../../../src/graph/attributes.ts";
import type { Shape } from "../../../src/graph/tensor.ts";
import { makeCase } from "../../cases/case.ts";
import type { Case, CaseInput } from "../../cases/case.ts";

export const int = (least: number, most: number): Arbitrary<number> =>
  fc.integer({ min: least, max: most });

/** [h, w] */
export const pair = (least: number, most: number): Arbitrary<Pair> =>
  fc.tuple(int(least, most), int(least, most));

/** [top, left, bottom, right] */
export const sides = (most: number): Arbitrary<Padding> =>
  fc.tuple(int(0, most), int(0, most), int(0, most), int(0, most));

export const choice = <T>(values: readonly T[]): Arbitrary<T> => fc.constantFrom(...values);

/** A shape of a rank from `least` to `most`. */
export const shapeOf = (least: number, most: number, size = 5): Arbitrary<number[]> =>
  fc.array(int(1, size), { minLength: least, maxLength: most });

/** [N, C, H, W] */
export const image = (
  channels = 9,
  size = 8,
): Arbitrary<readonly [number, number, number, number]> =>
  fc.tuple(int(1, 2), int(1, channels), int(1, size), int(1, size));

/** A shape that broadcasts to `shape`: leading axes left out, others 1, as the numbers say. */
export function broadcastTo(shape: Shape, left: number, ones: readonly boolean[]): number[] {
  const kept = shape.slice(Math.min(left, shape.length));
  return kept.map((size, axis) => (ones[axis % ones.length] ? 1 : size));
}

/** Numbers for `broadcastTo`. */
export const broadcasting = fc.tuple(
  int(0, 6),
  fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }),
);

/** An axis of a shape, from a number that knows nothing of it; negative in half of the cases. */
export function axisOf(shape: Shape, number: number): number {
  const axis = Math.abs(number) % shape.length;
  return number < 0 ? axis - shape.length : axis;
}

/** A case whose name has every attribute. */
export function named<K extends OperatorName>(
  op: K,
  inputs: readonly CaseInput[],
  attributes: OperatorAttributes[K],
): Case<K> {
  const text = Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`);
  return makeCase(op, inputs, attributes, text.join(" "));
}
