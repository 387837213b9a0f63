/** Fully connected layers and matrix products against the reference. */
import { describe, test } from "vitest";
import { tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { packBias } from "../../src/shaders/conv/weights.ts";
import { linear, packLinear } from "../../src/shaders/linear/linear.ts";
import { matmul } from "../../src/shaders/linear/matmul.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise } from "../reference/apply.ts";
import { Arena, check, DEVICES, weightsOf } from "./arena.ts";

/** Images, inputs, outputs. */
const SIZES = [
  [1, 4, 4],
  [1, 1, 1],
  [2, 7, 5],
  [1, 130, 33],
  [3, 67, 101],
] as const;

/** Images, channels, height and width, outputs. */
const MAPS = [
  [1, 4, 3, 3, 4],
  [2, 7, 2, 5, 9],
  [3, 1, 1, 13, 70],
  [1, 18, 6, 6, 5],
] as const;

const PRODUCTS: readonly (readonly [Shape, Shape])[] = [
  [
    [3, 5],
    [5, 4],
  ],
  [
    [1, 1],
    [1, 1],
  ],
  [
    [7, 2, 9],
    [7, 9, 3],
  ],
  [
    [2, 1, 3, 4],
    [5, 4, 2],
  ],
  [
    [1, 2, 1, 2, 3, 4],
    [3, 1, 2, 1, 4, 5],
  ],
];

const reshaped = ({ data }: Tensor, shape: Shape) => tensor(shape, data);

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(SIZES)("linear with %i images of %i inputs and %i outputs", async (n, i, o) => {
    const [input, matrix, offsets] = [noise([n, i], 1), noise([o, i], 2), noise([o], 3)];
    const output = apply("linear", [input, matrix, offsets], {});
    const arena = new Arena();
    const x = arena.quads([n, i, 1, 1], reshaped(input, [n, i, 1, 1]));
    const y = arena.quads([n, o, 1, 1]);
    const weight = packLinear(matrix);
    const bias = packBias(offsets, o);
    const weights = weightsOf(weight, bias);
    const spec = { x, y, weight, bias };
    const expected = [[y, reshaped(output, [n, o, 1, 1])]] as const;
    await check({ kernel: linear, spec, arena, weights, traits, expected });
  });

  test.each(MAPS)("linear with %i images of %i x %i x %i to %i", async (n, c, h, w, o) => {
    const [input, kernel, offsets] = [
      noise([n, c, h, w], 1),
      noise([o, c, h, w], 2),
      noise([o], 3),
    ];
    const output = apply("conv2d", [input, kernel, offsets], {
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      groups: 1,
    });
    const arena = new Arena();
    const x = arena.quads([n, c, h, w], input);
    const y = arena.quads([n, o, 1, 1]);
    const weight = packLinear(kernel);
    const bias = packBias(offsets, o);
    const weights = weightsOf(weight, bias);
    const spec = { x, y, weight, bias };
    await check({ kernel: linear, spec, arena, weights, traits, expected: [[y, output]] });
  });

  test.each(PRODUCTS.map(([a, b]) => [a.join("x"), b.join("x"), a, b] as const))(
    "matmul of %s and %s equals the reference",
    async (_a, _b, shapeOfA, shapeOfB) => {
      const [left, right] = [noise(shapeOfA, 4), noise(shapeOfB, 5)];
      const output = apply("matmul", [left, right], {});
      const arena = new Arena();
      const spec = {
        a: arena.flat(shapeOfA, left),
        b: arena.flat(shapeOfB, right),
        y: arena.flat(output.shape),
      };
      await check({ kernel: matmul, spec, arena, traits, expected: [[spec.y, output]] });
    },
  );
});

test("linear applies stages to what it loads and stores", async () => {
  const [input, matrix] = [noise([2, 9], 6), noise([6, 9], 7)];
  const exp = apply("unary", [input], { kind: "exp" });
  const output = apply("unary", [apply("linear", [exp, matrix, null], {})], { kind: "relu" });
  const arena = new Arena();
  // exp of what stands in an unused lane is infinite; real plans mask such lanes.
  const x = arena.quads([2, 12, 1, 1], tensor([2, 12, 1, 1], widened(input, 12)));
  const y = arena.quads([2, 6, 1, 1]);
  const weight = packLinear(matrix);
  const bias = packBias(null, 6);
  const weights = weightsOf(weight, bias);
  const stages = {
    load_x: [unaryStage({ kind: "exp" })!],
    store_y: [unaryStage({ kind: "relu" })!],
  };
  const expected = [[y, reshaped(output, [2, 6, 1, 1])]] as const;
  const spec = { x, y, weight, bias };
  await check({ kernel: linear, spec, arena, weights, stages, expected });
});

/** Zero channels up to `channels`. */
function widened({ shape: [n, c], data }: Tensor, channels: number): Float32Array {
  const wide = new Float32Array(n * channels);
  for (let i = 0; i < n; i++) wide.set(data.subarray(i * c, i * c + c), i * channels);
  return wide;
}
