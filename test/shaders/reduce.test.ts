/** Reductions, and softmax, against the reference. */
import { describe, test } from "vitest";
import type { ReduceKind } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { reduceAxis } from "../../src/shaders/reduce/axis.ts";
import { globalAverage } from "../../src/shaders/reduce/global-average.ts";
import { softmax } from "../../src/shaders/softmax/softmax.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, floats, noise } from "../reference/apply.ts";
import { Arena, DEVICES, check } from "./arena.ts";

const IMAGES: readonly Shape[] = [
  [1, 4, 7, 7],
  [2, 13, 9, 11],
  [1, 1, 1, 1],
  [3, 37, 1, 2],
  [1, 3, 64, 65],
];

/** Shape and axis: short and long rows, next to each other or apart. */
const ROWS: readonly (readonly [Shape, number])[] = [
  [[1, 1000], 1],
  [[5, 7], 1],
  [[3, 70, 2], 1],
  [[3, 70, 2], -1],
  [[200, 3], 0],
  [[2, 65, 31, 33], 1],
  [[9], 0],
  [[2, 3, 4, 5, 6], 2],
];
const KINDS: readonly ReduceKind[] = ["mean", "sum", "max", "min", "prod"];

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(IMAGES.map((shape) => [shape.join("x"), shape] as const))(
    "global average pooling equals the reference: x=%s",
    async (_name, shape) => {
      const input = noise(shape, 1);
      const output = apply("globalAveragePool", [input], {});
      const arena = new Arena();
      const spec = { x: arena.quads(shape, input), y: arena.quads(output.shape) };
      await check({ kernel: globalAverage, spec, arena, traits, expected: [[spec.y, output]] });
    },
  );

  test.each(
    ROWS.flatMap(([shape, axis]) =>
      KINDS.map((kind) => [kind, shape.join("x"), axis, shape] as const),
    ),
  )("%s of x=%s over axis %i equals the reference", async (kind, _name, axis, shape) => {
    const input = noise(shape, 2);
    // Products of many numbers below 1 would all be 0.
    if (kind === "prod") input.data.forEach((x, i) => (input.data[i] = 1 + x / 50));
    const output = apply("reduce", [input], { kind, axes: [axis], keepDims: true });
    const arena = new Arena();
    const [x, y] = [arena.flat(shape, input), arena.flat(output.shape)];
    const spec = { x, y, axis, kind };
    await check({ kernel: reduceAxis, spec, arena, traits, expected: [[y, output]] });
  });

  test.each(ROWS.map(([shape, axis]) => [shape.join("x"), axis, shape] as const))(
    "softmax of x=%s over axis %i equals the reference",
    async (_name, axis, shape) => {
      const input = noise(shape, 3);
      input.data.forEach((x, i) => (input.data[i] = 10 * x));
      const output = apply("softmax", [input], { axis });
      const arena = new Arena();
      const [x, y] = [arena.flat(shape, input), arena.flat(shape)];
      const spec = { x, y, axis };
      await check({ kernel: softmax, spec, arena, traits, expected: [[y, output]] });
    },
  );

  test("softmax works in place and with numbers whose exponentials overflow", async () => {
    const shape = [3, 100];
    const input = noise(shape, 4);
    input.data.forEach((x, i) => (input.data[i] = 200 * x + (i < 100 ? 500 : -500)));
    const arena = new Arena();
    const x = arena.flat(shape, input);
    const output = apply("softmax", [input], { axis: 1 });
    const spec = { x, y: x, axis: 1 };
    await check({ kernel: softmax, spec, arena, traits, expected: [[x, output]] });
  });

  test("softmax gives -inf the probability 0", async () => {
    const input = floats([1, 3], [0, -Infinity, 0]);
    const arena = new Arena();
    const [x, y] = [arena.flat([1, 3], input), arena.flat([1, 3])];
    const expected = [[y, floats([1, 3], [0.5, 0, 0.5])]] as const;
    await check({ kernel: softmax, spec: { x, y, axis: 1 }, arena, traits, expected });
  });

  test("the maximum of infinities is one of them", async () => {
    const input = floats([2, 2], [-Infinity, -Infinity, 3, Infinity]);
    const arena = new Arena();
    const [x, y] = [arena.flat([2, 2], input), arena.flat([2, 1])];
    const spec = { x, y, axis: 1, kind: "max" } as const;
    const expected = [[y, floats([2, 1], [-Infinity, Infinity])]] as const;
    await check({ kernel: reduceAxis, spec, arena, traits, expected, tolerance: 0 });
  });
});

test("global average pooling applies stages to what it loads and stores", async () => {
  const input = noise([1, 5, 3, 4], 5);
  const relu = apply("unary", [input], { kind: "relu" });
  const mean = apply("globalAveragePool", [relu], {});
  const output = apply("unary", [mean], { kind: "neg" });
  const arena = new Arena();
  const spec = { x: arena.quads(input.shape, input), y: arena.quads(output.shape) };
  const stages = {
    load_x: [unaryStage({ kind: "relu" })!],
    store_y: [unaryStage({ kind: "neg" })!],
  };
  await check({ kernel: globalAverage, spec, arena, stages, expected: [[spec.y, output]] });
});
