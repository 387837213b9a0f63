/** The element-wise choice, broadcast, against the reference. */
import { describe, test } from "vitest";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { where } from "../../src/shaders/elementwise/where.ts";
import type { Packed, Quads } from "../../src/shaders/spec.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise } from "../reference/apply.ts";
import { Arena, cellsOf, check, DEVICES, weightsOf } from "./arena.ts";

const CASES: readonly (readonly [condition: Shape, a: Shape, b: Shape])[] = [
  [
    [2, 7, 3, 5],
    [2, 7, 3, 5],
    [2, 7, 3, 5],
  ],
  [
    [2, 1, 3, 5],
    [1, 7, 1, 1],
    [1, 1, 1, 1],
  ],
  [
    [1, 1, 1, 1],
    [3, 5, 2, 2],
    [1, 5, 2, 2],
  ],
];

function someTrue(shape: Shape): Tensor {
  return tensor(
    shape,
    Uint8Array.from({ length: sizeOf(shape) }, (_, i) => ((i * 5) % 3 ? 1 : 0)),
  );
}

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(CASES.map((shapes) => [shapes.map((s) => s.join("x")).join(" "), ...shapes] as const))(
    "where equals the reference: condition, a, b = %s",
    async (_name, ...[ofCondition, ofA, ofB]) => {
      const inputs = [someTrue(ofCondition), noise(ofA, 1), noise(ofB, 2)];
      const output = apply("where", inputs, {});
      const arena = new Arena();
      const [condition, a, b] = inputs.map((input) => arena.quads(input.shape, input));
      const y = arena.quads(output.shape);
      const spec = { condition, a, b, y };
      await check({ kernel: where, spec, arena, traits, expected: [[y, output]], tolerance: 0 });
    },
  );
});

test("where reads constants and applies a stage to what it stores", async () => {
  const inputs = [someTrue([1, 6, 2, 3]), noise([1, 6, 2, 3], 3), noise([1, 6, 1, 1], 4)];
  const output = apply("unary", [apply("where", inputs, {})], { kind: "neg" });
  const arena = new Arena();
  const condition = arena.quads([1, 6, 2, 3], inputs[0]);
  const y = arena.quads([1, 6, 2, 3]);
  const [[a, packedA], [b, packedB]] = [constant(inputs[1]), constant(inputs[2])];
  const weights = weightsOf(packedA, packedB);
  [a.offset, b.offset] = [packedA.offset, packedB.offset];
  const spec = { condition, a, b, y, fromWeights: ["a", "b"] as const };
  const stages = { store_y: [unaryStage({ kind: "neg" })!] };
  await check({
    kernel: where,
    spec,
    arena,
    weights,
    stages,
    expected: [[y, output]],
    tolerance: 0,
  });
});

/** A constant in quads, and its numbers. */
function constant({ shape, data }: Tensor): [Quads, Packed] {
  const [images, channels, height, width] = shape;
  const imageStride = Math.ceil(channels / 4) * height * width;
  const quads = { offset: 0, images, channels, height, width, imageStride };
  const packed = new Float32Array(images * imageStride * 4);
  cellsOf(quads).forEach((at, i) => (packed[at] = data[i]));
  return [quads, { offset: 0, data: packed }];
}
