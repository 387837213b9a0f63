/** float32 to 16-bit floats: the nearest, ties to even, and never infinite. */
import { expect, test } from "vitest";
import { halfToFloat } from "../../src/formats/half.ts";
import { floatToHalf } from "../../src/formats/to-half.ts";

const rounded = (...values: number[]) => [...halfToFloat(floatToHalf(Float32Array.from(values)))];

const ALL = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

test("every finite half float stays what it is", () => {
  const isFinite = (bits: number) => (bits & 0x7c00) !== 0x7c00;
  const finite = ALL.filter(isFinite);
  expect(floatToHalf(halfToFloat(finite))).toEqual(finite);
});

test("a number between two half floats becomes the nearer one, half-way the even one", () => {
  const positive = halfToFloat(ALL.filter((bits) => bits < 0x7bff));
  const next = halfToFloat(ALL.filter((bits) => bits > 0 && bits <= 0x7bff));
  for (const sign of [1, -1]) {
    const at = (part: number) =>
      floatToHalf(positive.map((x, i) => sign * (x + part * (next[i] - x))));
    const bitsOf = (index: number) => index + (sign < 0 ? 0x8000 : 0);
    const count = positive.length;
    const below = Uint16Array.from({ length: count }, (_, i) => bitsOf(i));
    const above = Uint16Array.from({ length: count }, (_, i) => bitsOf(i + 1));
    const even = Uint16Array.from({ length: count }, (_, i) => bitsOf(i + (i % 2)));
    expect(at(0.25)).toEqual(below);
    expect(at(0.75)).toEqual(above);
    expect(at(0.5)).toEqual(even);
  }
});

test("magnitudes beyond the greatest half float become that", () => {
  expect(rounded(65504, 65519, 65520, 1e9, Infinity, -65536, -Infinity)).toEqual([
    65504, 65504, 65504, 65504, 65504, -65504, -65504,
  ]);
});

test("NaN and the sign of zero stay", () => {
  expect(rounded(NaN, -0, 0, 1e-30, -1e-30)).toEqual([NaN, -0, 0, 0, -0]);
});

test("an array may be longer than the numbers, and start anywhere in a buffer", () => {
  const numbers = Float32Array.of(9, 1, 2, 3).subarray(1);
  expect([...floatToHalf(numbers, new Uint16Array(4))]).toEqual([0x3c00, 0x4000, 0x4200, 0]);
});
