/** Kernels of pools with indices, adaptive and cross-channel pools, and unpooling, against the reference. */
import { describe, test } from "vitest";
import { tensor } from "../../src/graph/tensor.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { adaptivePool } from "../../src/shaders/pool/adaptive.ts";
import { channelMax } from "../../src/shaders/pool/channel-max.ts";
import { maxPoolIndices } from "../../src/shaders/pool/max-indices.ts";
import { maxUnpool } from "../../src/shaders/pool/max-unpool.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, applyAll, noise } from "../reference/apply.ts";
import { Arena, DEVICES, check } from "./arena.ts";

const WINDOW = {
  kernel: [3, 2],
  stride: [2, 1],
  padding: [1, 1, 1, 0],
  dilation: [1, 2],
  ceilMode: true,
} as const;

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each([[[1, 4, 6, 6]], [[2, 7, 5, 9]], [[1, 1, 2, 3]]] as [Shape][])(
    "max pooling with indices equals the reference: x=%j",
    async (shape) => {
      const x = noise(shape, 1);
      // In steps, so that several elements of a window are the greatest.
      x.data.forEach((value, i) => (x.data[i] = Math.round(value * 3) - 4));
      const [y, indices] = applyAll("maxPool2dWithIndices", [x], WINDOW);
      const arena = new Arena();
      const spec = {
        x: arena.quads(shape, x),
        y: arena.quads(y.shape),
        indices: arena.quads(y.shape),
        attributes: WINDOW,
      };
      const expected = [
        [spec.y, y],
        [spec.indices, indices],
      ] as const;
      await check({ kernel: maxPoolIndices, spec, arena, traits, expected, tolerance: 0 });
    },
  );

  test.each([
    [[1, 4, 3, 3], 6, 6],
    [[2, 5, 4, 7], 3, 2],
    [[1, 3, 2, 2], 40, 33],
  ] as [Shape, number, number][])(
    "max unpooling of x=%j to %ix%i writes last what comes last, and nothing outside",
    async (shape, height, width) => {
      const x = noise(shape, 2);
      const area = height * width;
      const places = Int32Array.from(
        x.data,
        (value) => Math.floor(((value + 1) * (area + 2)) / 2) - 1,
      );
      const indices = tensor(shape, places);
      const y = apply("maxUnpool2d", [x, indices], { size: [height, width] });
      const arena = new Arena();
      const spec = {
        x: arena.quads(shape, x),
        indices: arena.quads(shape, indices),
        y: arena.quads(y.shape),
      };
      const expected = [[spec.y, y]] as const;
      await check({ kernel: maxUnpool, spec, arena, traits, expected, tolerance: 0 });
    },
  );

  test.each(["average", "max"] as const)(
    "adaptive pooling equals the reference: %s",
    async (kind) => {
      const x = noise([2, 5, 7, 10], 3);
      for (const size of [
        [3, 4],
        [1, 1],
        [9, 10],
      ] as const) {
        const y = apply("adaptivePool2d", [x], { kind, size });
        const arena = new Arena();
        const attributes = { kind, size };
        const spec = { x: arena.quads(x.shape, x), y: arena.quads(y.shape), attributes };
        await check({ kernel: adaptivePool, spec, arena, traits, expected: [[spec.y, y]] });
      }
    },
  );

  test.each([
    [12, 4],
    [13, 3],
    [10, 7],
    [9, 6],
    [5, 1],
  ])("the maximum of %i channels in %i equals the reference", async (channels, outChannels) => {
    const x = noise([2, channels, 3, 2], 4);
    x.data.forEach((value, i) => (x.data[i] = value - 2));
    const y = apply("channelMaxPool", [x], { outChannels });
    const arena = new Arena();
    const spec = { x: arena.quads(x.shape, x), y: arena.quads(y.shape) };
    await check({ kernel: channelMax, spec, arena, traits, expected: [[spec.y, y]], tolerance: 0 });
  });
});

test("adaptive and cross-channel pooling apply stages to what they load and store", async () => {
  const x = noise([1, 6, 4, 4], 5);
  const exp = apply("unary", [x], { kind: "exp" });
  const stages = {
    load_x: [unaryStage({ kind: "exp" })!],
    store_y: [unaryStage({ kind: "neg" })!],
  };
  const attributes = { kind: "average", size: [2, 3] } as const;
  const mean = apply("unary", [apply("adaptivePool2d", [exp], attributes)], { kind: "neg" });
  const arena = new Arena();
  const spec = { x: arena.quads(x.shape, x), y: arena.quads(mean.shape), attributes };
  await check({ kernel: adaptivePool, spec, arena, stages, expected: [[spec.y, mean]] });

  const channels = { outChannels: 4 };
  const greatest = apply("unary", [apply("channelMaxPool", [exp], channels)], { kind: "neg" });
  const other = new Arena();
  const maxima = { x: other.quads(x.shape, x), y: other.quads(greatest.shape) };
  await check({
    kernel: channelMax,
    spec: maxima,
    arena: other,
    stages,
    expected: [[maxima.y, greatest]],
  });
});
