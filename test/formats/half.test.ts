import { expect, test } from "vitest";
import { bfloat16ToFloat, halfToFloat } from "../../src/formats/half.ts";

const bits = (...values: number[]) => Uint16Array.from(values);

test("half floats widen exactly", () => {
  const given = bits(0x0000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0400, 0x0001, 0x83ff);
  const expected = [0, 1, -2, 0.333251953125, 65504, 2 ** -14, 2 ** -24, -1023 * 2 ** -24];
  expect([...halfToFloat(given)]).toEqual(expected);
});

test("half floats keep infinities, NaN and the sign of zero", () => {
  expect([...halfToFloat(bits(0x7c00, 0xfc00, 0x7e00, 0x8000))]).toEqual([
    Infinity,
    -Infinity,
    NaN,
    -0,
  ]);
});

test("bfloat16 is the upper half of a float32", () => {
  const given = bits(0x3f80, 0xc040, 0x4049, 0x7f80, 0x8000);
  expect([...bfloat16ToFloat(given)]).toEqual([1, -3, 3.140625, Infinity, -0]);
});
