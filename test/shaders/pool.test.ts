/** Pooling kernels against the reference. */
import { describe, expect, test } from "vitest";
import type { AveragePool2dAttributes, MaxPool2dAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { averagePool } from "../../src/shaders/pool/average.ts";
import { maxPool } from "../../src/shaders/pool/max.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise } from "../reference/apply.ts";
import { Arena, DEVICES, check } from "./arena.ts";

const MAX: MaxPool2dAttributes = {
  kernel: [2, 2],
  stride: [2, 2],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  ceilMode: false,
};
const AVERAGE: AveragePool2dAttributes = {
  kernel: [3, 3],
  stride: [2, 2],
  padding: [1, 1, 1, 1],
  ceilMode: false,
  countIncludePad: true,
};

const name = (x: Shape, attributes: object) =>
  `x=${x.join("x")} ${Object.entries(attributes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(" ")}`;

const MAX_CASES: readonly (readonly [Shape, Partial<MaxPool2dAttributes>])[] = [
  [[1, 4, 4, 4], {}],
  [[2, 3, 7, 5], { kernel: [3, 3], padding: [1, 1, 1, 1] }],
  [[1, 9, 13, 11], { kernel: [3, 2], stride: [2, 3], padding: [0, 1, 1, 0], ceilMode: true }],
  [[1, 5, 9, 10], { kernel: [3, 3], stride: [1, 2], dilation: [2, 3], padding: [1, 1, 1, 1] }],
  [[1, 1, 13, 13], { kernel: [5, 5], stride: [1, 1], padding: [2, 2, 2, 2] }],
  [[1, 6, 5, 5], { kernel: [1, 1], stride: [3, 3] }],
];

const AVERAGE_CASES: readonly (readonly [Shape, Partial<AveragePool2dAttributes>])[] = [
  [[1, 4, 4, 4], {}],
  [[2, 3, 7, 5], { countIncludePad: false }],
  [[1, 5, 8, 6], { ceilMode: true }],
  [[1, 5, 8, 6], { ceilMode: true, countIncludePad: false }],
  [[1, 7, 8, 7], { ceilMode: true, padding: [0, 0, 0, 0], kernel: [3, 2] }],
  [[3, 2, 11, 4], { kernel: [4, 1], stride: [3, 1], padding: [2, 0, 1, 0] }],
  [[1, 3, 9, 8], { dilation: [2, 3], ceilMode: true }],
  [[1, 3, 9, 8], { dilation: [3, 2], countIncludePad: false }],
  [[2, 5, 5, 7], { divisor: 2.5 }],
];

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(MAX_CASES.map(([x, given]) => [name(x, given), x, given] as const))(
    "max pooling equals the reference: %s",
    async (_name, shape, given) => {
      const attributes = { ...MAX, ...given };
      const input = noise(shape, 1);
      // Padding with zeros would win over these.
      const negative = { ...input, data: Float32Array.from(input.data, (v) => v - 2) };
      const output = apply("maxPool2d", [negative], attributes);
      const arena = new Arena();
      const [x, y] = [arena.quads(shape, negative), arena.quads(output.shape)];
      const spec = { x, y, attributes };
      await check({ kernel: maxPool, spec, arena, traits, expected: [[y, output]], tolerance: 0 });
    },
  );

  test.each(AVERAGE_CASES.map(([x, given]) => [name(x, given), x, given] as const))(
    "average pooling equals the reference: %s",
    async (_name, shape, given) => {
      const attributes = { ...AVERAGE, ...given };
      const input = noise(shape, 2);
      const output = apply("averagePool2d", [input], attributes);
      const arena = new Arena();
      const [x, y] = [arena.quads(shape, input), arena.quads(output.shape)];
      const spec = { x, y, attributes };
      await check({ kernel: averagePool, spec, arena, traits, expected: [[y, output]] });
    },
  );
});

test("pooling applies stages to what it loads and stores, but not to padding", async () => {
  const input = noise([1, 3, 5, 5], 3);
  const attributes = { ...AVERAGE, countIncludePad: true };
  // exp(0) is 1: padding that went through the stage would count.
  const exp = apply("unary", [input], { kind: "exp" });
  const output = apply("unary", [apply("averagePool2d", [exp], attributes)], { kind: "neg" });
  const arena = new Arena();
  const [x, y] = [arena.quads(input.shape, input), arena.quads(output.shape)];
  const stages = {
    load_x: [unaryStage({ kind: "exp" })!],
    store_y: [unaryStage({ kind: "neg" })!],
  };
  expect(averagePool.slots).toEqual(Object.keys(stages));
  const spec = { x, y, attributes };
  await check({ kernel: averagePool, spec, arena, stages, expected: [[y, output]] });
});
