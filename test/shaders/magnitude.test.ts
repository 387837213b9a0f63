/** The kernel that finds greatest magnitudes, in words of one and of two elements. */
import { describe, expect, test } from "vitest";
import { halfToFloat } from "../../src/formats/half.ts";
import { magnitude } from "../../src/shaders/f16/magnitude.ts";
import type { MagnitudeSpec } from "../../src/shaders/f16/magnitude.ts";
import { runKernel } from "../gpu/run-kernel.ts";

/** -inf, -3, NaN, 1, 0.5, -7, 2, 65504 and so on as 16-bit floats. */
const HALVES = Uint16Array.of(0xfc00, 0xc200, 0xfe01, 0x3c00, 0x3800, 0xc700, 0x4000, 0x7bff);
const NUMBERS = Float32Array.from(halfToFloat(HALVES));

async function run(spec: Omit<MagnitudeSpec, "half" | "slot">, half: boolean): Promise<number> {
  const weights = half ? new Float32Array(HALVES.slice().buffer) : NUMBERS;
  // What is in the other slots stays, and so would a greater number in this one.
  const arena = new Float32Array(Uint32Array.of(9, 0, 9, 9).buffer);
  const after = await runKernel({
    kernel: magnitude,
    spec: { ...spec, slot: 1, half },
    arena,
    weights,
  });
  const bits = new Uint32Array(after.buffer);
  expect([bits[0], bits[2], bits[3]]).toEqual([9, 9, 9]);
  return half ? halfToFloat(Uint16Array.of(bits[1]))[0] : new Float32Array(bits.buffer)[1];
}

describe.each([
  ["f32", false],
  ["f16", true],
] as const)("the greatest magnitude in %s", (_, half) => {
  test.each([
    ["of a stretch", { start: 3, run: 4, runs: 1, stride: 4, lanes: 15 }, 7],
    [
      "of infinity is greater than of numbers",
      { start: 0, run: 2, runs: 1, stride: 2, lanes: 15 },
      Infinity,
    ],
    [
      "of NaN is greater than of infinity",
      { start: 0, run: 8, runs: 1, stride: 8, lanes: 15 },
      NaN,
    ],
    ["leaves out lanes", { start: 0, run: 8, runs: 1, stride: 8, lanes: 0b0010 }, 7],
    ["leaves out what lies between runs", { start: 1, run: 1, runs: 2, stride: 2, lanes: 15 }, 3],
    ["of runs that lie apart", { start: 1, run: 1, runs: 2, stride: 4, lanes: 15 }, 7],
    ["of the last element", { start: 4, run: 1, runs: 2, stride: 3, lanes: 15 }, 65504],
  ])("%s", async (_title, spec, expected) => {
    expect(await run(spec, half)).toBe(expected);
  });
});

test("more elements than invocations are all seen", async () => {
  const weights = new Float32Array(400_003);
  weights[400_002] = -5;
  const spec = {
    start: 0,
    run: 400_003,
    runs: 1,
    stride: 400_003,
    lanes: 15,
    slot: 0,
    half: false,
  };
  const arena = new Float32Array(4);
  expect((await runKernel({ kernel: magnitude, spec, arena, weights }))[0]).toBe(5);
});
