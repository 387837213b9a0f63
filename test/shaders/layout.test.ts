/** Kernels that only move elements: they must be exact, and touch nothing else. */
import { describe, expect, test } from "vitest";
import { ShaderError } from "../../src/graph/errors.ts";
import { stridesOf, tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { gatherChannels, packChannels } from "../../src/shaders/gather/channels.ts";
import { gather } from "../../src/shaders/gather/gather.ts";
import { copyChannels } from "../../src/shaders/layout/copy-channels.ts";
import { flatToQuads } from "../../src/shaders/layout/flat-to-quads.ts";
import { pad } from "../../src/shaders/layout/pad.ts";
import { quadsToFlat } from "../../src/shaders/layout/quads-to-flat.ts";
import { stridedCopy } from "../../src/shaders/layout/strided-copy.ts";
import type { Flat } from "../../src/shaders/spec.ts";
import { apply, floats, noise } from "../reference/apply.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { Arena, check, DEVICES, weightsOf } from "./arena.ts";

const IMAGES: readonly Shape[] = [
  [1, 4, 3, 5],
  [2, 7, 5, 3],
  [3, 1, 2, 2],
  [1, 30, 9, 11],
];
const ORDERS = [
  [0, 1, 2, 3],
  [0, 2, 3, 1],
  [3, 0, 1, 2],
] as const;

/** The strides of N, C, H and W in a flat tensor whose axes are those of `perm`. */
function stridesFor(shape: Shape, perm: readonly number[]) {
  const strides = stridesOf(perm.map((axis) => shape[axis]));
  const of = (axis: number) => strides[perm.indexOf(axis)];
  return { image: of(0), channel: of(1), row: of(2), column: of(3) };
}

const CONVERSIONS = IMAGES.flatMap((shape) =>
  ORDERS.map((perm) => [shape.join("x"), perm.join(","), shape, perm] as const),
);

/** [x, before, after] */
const PADS: readonly (readonly [Shape, readonly number[], readonly number[]])[] = [
  [[5], [2], [4]],
  [
    [2, 3, 4, 5],
    [0, 0, 3, 1],
    [0, 0, 2, 4],
  ],
  [
    [2, 2, 3, 2, 2, 3],
    [1, 0, 2, 1, 0, 1],
    [0, 1, 1, 1, 1, 2],
  ],
];

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(CONVERSIONS)("quads x=%s become flat with axes %s", async (_x, _axes, shape, perm) => {
    const input = noise(shape, 1);
    const output = apply("transpose", [input], { perm });
    const arena = new Arena();
    const [x, y] = [arena.quads(shape, input), arena.flat(output.shape)];
    const spec = { x, y, strides: stridesFor(shape, perm) };
    await check({
      kernel: quadsToFlat,
      spec,
      arena,
      traits,
      expected: [[y, output]],
      tolerance: 0,
    });
  });

  test.each(CONVERSIONS)(
    "flat with quads y=%s and axes %s becomes quads",
    async (_y, _axes, shape, perm) => {
      const output = noise(shape, 2);
      const input = apply("transpose", [output], { perm });
      const arena = new Arena();
      const [x, y] = [arena.flat(input.shape, input), arena.quads(shape)];
      const spec = { x, y, strides: stridesFor(shape, perm) };
      // With its unused lanes, which are 0.
      const lanes = Math.ceil(shape[1] / 4) * 4;
      const after = [0, lanes - shape[1], 0, 0];
      const attributes = { before: [0, 0, 0, 0], after, mode: "constant", value: 0 } as const;
      const expected = [[{ ...y, channels: lanes }, apply("pad", [output], attributes)]] as const;
      await check({ kernel: flatToQuads, spec, arena, traits, expected, tolerance: 0 });
    },
  );

  test.each(
    PADS.flatMap(([shape, before, after]) =>
      (["constant", "reflect", "edge"] as const).map(
        (mode) => [mode, shape.join("x"), before.join(","), shape, before, after] as const,
      ),
    ),
  )(
    "pad %s x=%s before=%s equals the reference",
    async (mode, _x, _before, shape, before, after) => {
      const limit = (padding: readonly number[]) =>
        mode === "reflect" ? padding.map((n, axis) => Math.min(n, shape[axis] - 1)) : padding;
      const attributes = { before: limit(before), after: limit(after), mode, value: -7.5 };
      const input = noise(shape, 3);
      const output = apply("pad", [input], attributes);
      const arena = new Arena();
      const [x, y] = [arena.flat(shape, input), arena.flat(output.shape)];
      const spec = { x, y, ...attributes };
      await check({ kernel: pad, spec, arena, traits, expected: [[y, output]], tolerance: 0 });
    },
  );

  test.each([0, 1, 2])("gather along axis %i equals the reference", async (axis) => {
    const shape = [4, 5, 6];
    const input = noise(shape, 4);
    const indices = floats([2, 3], [3, -1, 0, 2, -4, 1]);
    const output = apply("gather", [input, indices], { axis });
    const arena = new Arena();
    const x = arena.flat(shape, input);
    const spec = { x, indices: arena.flat([2, 3], indices), y: arena.flat(output.shape), axis };
    await check({
      kernel: gather,
      spec,
      arena,
      traits,
      expected: [[spec.y, output]],
      tolerance: 0,
    });
  });
});

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each<[string, Shape, number[]]>([
    ["across quads, with some twice", [2, 7, 5, 3], [6, 0, 3, 5, 1, 1, 4, 2, 6]],
    ["of fewer", [1, 30, 9, 11], [29, 4]],
    ["beyond what an f16 can count", [1, 2053, 1, 2], [2052, 2047, 2048, 5, 0, 2049]],
  ])("gather/channels takes channels %s", async (_name, shape, channels) => {
    const input = noise(shape, 8);
    const lanes = Math.ceil(channels.length / 4) * 4;
    const padded = Array.from({ length: lanes }, (_, i) => channels[i] ?? 0);
    const output = apply("gather", [input, floats([lanes], padded)], { axis: 1 });
    const arena = new Arena();
    const x = arena.quads(shape, input);
    const y = arena.quads([shape[0], lanes, shape[2], shape[3]]);
    const packed = packChannels(channels);
    await check({
      kernel: gatherChannels,
      spec: { x, y: { ...y, channels: channels.length }, channels: packed },
      arena,
      weights: weightsOf(packed),
      traits,
      expected: [[y, output]],
      tolerance: 0,
    });
  });
});

test("gather clamps indices that lie outside of the axis", async () => {
  const arena = new Arena();
  const x = arena.flat([3], floats([3], [10, 20, 30]));
  const indices = arena.flat([4], floats([4], [3, 1e9, -4, -1e9]));
  const y = arena.flat([4]);
  const expected = [[y, floats([4], [30, 30, 10, 10])]] as const;
  await check({ kernel: gather, spec: { x, indices, y, axis: 0 }, arena, expected, tolerance: 0 });
});

interface Copy {
  readonly input: Tensor;
  readonly output: Tensor;
  readonly spec: (x: Flat, y: Flat) => object;
}

const input = noise([3, 4, 5], 5);
const COPIES: Record<string, Copy> = {
  transpose: {
    input,
    output: apply("transpose", [input], { perm: [2, 0, 1] }),
    spec: () => ({
      shape: [5, 3, 4],
      xStart: 0,
      xStrides: [1, 20, 5],
      yStart: 0,
      yStrides: [12, 4, 1],
    }),
  },
  "slice backwards": {
    input,
    output: apply("slice", [input], {
      axes: [1, 2],
      starts: [3, 4],
      sizes: [2, 3],
      steps: [-2, -1],
    }),
    spec: () => ({
      shape: [3, 2, 3],
      xStart: 3 * 5 + 4,
      xStrides: [20, -10, -1],
      yStart: 0,
      yStrides: [6, 3, 1],
    }),
  },
  expand: {
    input: noise([3, 1, 5], 6),
    output: apply("expand", [noise([3, 1, 5], 6)], { shape: [2, 3, 4, 5] }),
    spec: () => ({
      shape: [2, 3, 4, 5],
      xStart: 0,
      xStrides: [0, 5, 0, 1],
      yStart: 0,
      yStrides: [60, 20, 5, 1],
    }),
  },
  "six axes": {
    input: noise([2, 1, 2, 3, 2, 2], 7),
    output: apply("transpose", [noise([2, 1, 2, 3, 2, 2], 7)], { perm: [5, 4, 3, 2, 1, 0] }),
    spec: () => ({
      shape: [2, 2, 3, 2, 1, 2],
      xStart: 0,
      xStrides: [1, 2, 4, 12, 24, 24],
      yStart: 0,
      yStrides: stridesOf([2, 2, 3, 2, 1, 2]),
    }),
  },
};

describe("strided copy", () => {
  test.each(Object.keys(COPIES))("does %s", async (name) => {
    const { input: from, output, spec } = COPIES[name];
    const arena = new Arena();
    const [x, y] = [arena.flat(from.shape, from), arena.flat(output.shape)];
    const whole = { x, y, ...spec(x, y) } as Parameters<typeof stridedCopy.configure>[0];
    await check({ kernel: stridedCopy, spec: whole, arena, expected: [[y, output]], tolerance: 0 });
  });

  test("writes a part of a concat and leaves the rest", async () => {
    const part = noise([2, 3, 2], 8);
    const arena = new Arena();
    const x = arena.flat([2, 3, 2], part);
    const y = arena.flat([2, 5, 2], floats([2, 5, 2], new Array<number>(20).fill(1)));
    const strides = { xStrides: [6, 2, 1], yStrides: [10, 2, 1] };
    const spec = { x, y, shape: [2, 3, 2], xStart: 0, yStart: 4, ...strides };
    const ones = (rows: number) => floats([2, rows, 2], new Array<number>(rows * 4).fill(1));
    const expected = [[y, apply("concat", [ones(2), part], { axis: 1 })]] as const;
    await check({ kernel: stridedCopy, spec, arena, expected, tolerance: 0 });
  });

  test("says how many axes it can walk", async () => {
    const { traits } = await testDevice();
    const axes = [1, 1, 1, 1, 1, 1, 1];
    const flat = { offset: 0, shape: axes };
    const starts = { xStart: 0, yStart: 0 };
    const spec = { x: flat, y: flat, shape: axes, ...starts, xStrides: axes, yStrides: axes };
    expect(() => stridedCopy.configure(spec, traits)).toThrow(
      new ShaderError("layout/strided-copy: 7 axes, expected at most 6"),
    );
  });
});

/** from, to, count, step, clear */
const CHANNEL_COPIES = [
  [0, 0, 8, 1, false],
  [3, 2, 5, 1, false],
  [9, 1, 4, -2, false],
  [0, 6, 5, 2, true],
  [1, 5, 1, 1, true],
  [2, 4, 4, 1, true],
] as const;

test.each(CHANNEL_COPIES)(
  "copy-channels from=%i to=%i count=%i step=%i clear=%s leaves other lanes as they are",
  async (from, to, count, step, clear) => {
    const shape = [2, 10, 3, 5];
    const [source, old] = [noise(shape, 9), noise([2, 12, 3, 5], 10)];
    const arena = new Arena();
    const [x, y] = [arena.quads(shape, source), arena.quads([2, 12, 3, 5], old)];
    const spec = { x, y, from, to, count, step, clear };
    const values = Float32Array.from(old.data);
    const [image, area] = [12 * 15, 15];
    for (let i = 0; i < values.length; i++) {
      const k = Math.floor((i % image) / area) - to;
      const channel = from + k * step;
      if (k >= 0 && k < count) {
        values[i] = source.data[(Math.floor(i / image) * 10 + channel) * area + (i % area)];
      } else if (clear && k >= count && to + k < Math.ceil((to + count) / 4) * 4) {
        values[i] = 0;
      }
    }
    const expected = [[y, tensor([2, 12, 3, 5], values)]] as const;
    await check({ kernel: copyChannels, spec, arena, expected, tolerance: 0 });
  },
);
