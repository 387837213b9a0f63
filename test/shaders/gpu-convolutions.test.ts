/** The convolutions through workgroup memory against the reference: sizes that no tile divides. */
// @module-tag slow
import { describe, expect, test } from "vitest";
import type { Conv2dAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import {
  pointwiseShared,
  SHARED_TILES,
  sharedTileBytes,
} from "../../src/shaders/conv/pointwise-shared.ts";
import {
  directSplit,
  pointwiseSplit,
  SPLIT_TILES,
  splitTileBytes,
} from "../../src/shaders/conv/split.ts";
import { packBias, packBlocks } from "../../src/shaders/conv/weights.ts";
import { packWinograd, winograd, WINOGRAD_TILES } from "../../src/shaders/conv/winograd.ts";
import type { Kernel, Stage } from "../../src/shaders/kernel.ts";
import type { Packed, Quads } from "../../src/shaders/spec.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { binaryStage, unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise, PLAIN_CONVOLUTION } from "../reference/apply.ts";
import { Arena, check, weightsOf } from "./arena.ts";

interface Convolution<Tile> {
  readonly tile: Tile;
  readonly x: Shape;
  readonly out: number;
  readonly kernel?: readonly [number, number];
  readonly attributes?: Partial<Conv2dAttributes>;
  /** A gate rides on the load, a residual and a function on the store. */
  readonly isStaged?: boolean;
}

interface Tensors {
  readonly x: Quads;
  readonly y: Quads;
  readonly weight: Packed;
  readonly bias: Packed;
  readonly kernel: readonly [number, number];
  readonly attributes: Conv2dAttributes;
}

/** Runs one kernel and compares every element; nothing else may be written. */
async function expectReference<Tile>(
  kernel: Kernel<Tensors & { tile: Tile }>,
  pack: (weight: Tensor) => Packed,
  { tile, x: shape, out, kernel: size = [1, 1], attributes, isStaged = false }: Convolution<Tile>,
): Promise<void> {
  const all = { ...PLAIN_CONVOLUTION, ...attributes };
  const [images, channels] = shape;
  const arena = new Arena();
  const input = noise(shape, 1);
  const matrix = noise([out, channels / all.groups, ...size], 2);
  const offsets = noise([out], 3);
  const gate = noise([images, channels, 1, 1], 4);
  const gated = isStaged ? apply("binary", [input, gate], { kind: "mul" }) : input;
  const plain = apply("conv2d", [gated, matrix, offsets], all);
  const residual = noise(plain.shape, 5);
  const output = isStaged
    ? apply("unary", [apply("binary", [plain, residual], { kind: "add" })], { kind: "hardSwish" })
    : plain;
  const x = arena.quads(shape, input);
  const gateQuads = arena.quads(gate.shape, gate);
  const residualQuads = arena.quads(plain.shape, residual);
  const y = arena.quads(plain.shape);
  const [weight, bias] = [pack(matrix), packBias(offsets, out)];
  const weights = weightsOf(weight, bias);
  const stages: Record<string, Stage[]> = isStaged
    ? {
        load_x: [
          binaryStage(
            "mul",
            { tensor: gateQuads, fromWeights: false, canHold: kernel.holds },
            x,
            false,
          ),
        ],
        store_y: [
          binaryStage("add", { tensor: residualQuads, fromWeights: false }, y, false),
          unaryStage({ kind: "hardSwish" })!,
        ],
      }
    : {};
  const spec = { x, y, weight, bias, kernel: size, attributes: all, tile };
  await check({ kernel, spec, arena, weights, stages, expected: [[y, output]], tolerance: 2e-5 });
}

const describeTile = (tile: object): string =>
  Object.entries(tile)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");

const named = <Tile extends object>(tiles: readonly Tile[]) =>
  tiles.map((tile) => [describeTile(tile), tile] as const);

/** x and the channels of y: pixels and quads that end within every tile, K within a step. */
const POINTWISE: readonly (readonly [Shape, number])[] = [
  [[1, 17, 9, 11], 70],
  [[2, 5, 3, 5], 9],
  [[1, 1, 1, 2], 1],
];

describe.each(named(SHARED_TILES))("pointwise through workgroup memory with %s", (_, tile) => {
  test.each(POINTWISE)("equals the reference for %j to %i channels", async (x, out) => {
    await expectReference(pointwiseShared, packBlocks, { tile, x, out });
  });

  test("applies stages to what it loads and stores", async () => {
    const size = { x: [2, 13, 6, 7], out: 22 };
    await expectReference(pointwiseShared, packBlocks, { tile, ...size, isStaged: true });
  });

  test("takes no more workgroup memory than every device has", () => {
    expect(sharedTileBytes(tile)).toBeLessThanOrEqual(16_384);
  });
});

describe.each(named(SPLIT_TILES))("sums shared by a workgroup with %s", (_, tile) => {
  test.each(POINTWISE)("equal the reference, pointwise, for %j to %i channels", async (x, out) => {
    await expectReference(pointwiseSplit, packBlocks, { tile, x, out });
  });

  test("apply stages to what a pointwise convolution loads and stores", async () => {
    const size = { x: [2, 70, 4, 7], out: 10 };
    await expectReference(pointwiseSplit, packBlocks, { tile, ...size, isStaged: true });
  });

  test("equal the reference over a window, with stages", async () => {
    const attributes = { padding: [1, 0, 2, 1], stride: [2, 1] } as const;
    const size = { x: [2, 7, 7, 6], out: 18, kernel: [3, 2] as const };
    await expectReference(directSplit, packBlocks, { tile, ...size, attributes, isStaged: true });
  });

  test("take no more workgroup memory than every device has", () => {
    expect(splitTileBytes(tile)).toBeLessThanOrEqual(16_384);
  });
});

test.each<[string, Partial<Conv2dAttributes>, Shape, number]>([
  ["3 groups", { groups: 3, padding: [1, 1, 1, 1] }, [1, 12, 5, 5], 24],
  ["dilation", { dilation: [2, 1], padding: [2, 1, 2, 1] }, [1, 6, 5, 7], 5],
])("shared sums over a window have %s", async (_, attributes, x, out) => {
  const tile = { lanes: 8, split: 8, pixels: 4, quads: 2 };
  const size = { x, out, kernel: [3, 3] as const };
  await expectReference(directSplit, packBlocks, { tile, ...size, attributes });
});

describe.each(named(WINOGRAD_TILES))("Winograd's filtering with %s", (_, tile) => {
  test.each<[Shape, number, Conv2dAttributes["padding"]]>([
    [[1, 17, 9, 11], 22, [1, 1, 1, 1]],
    [[2, 6, 5, 8], 5, [0, 1, 2, 3]],
    [[1, 3, 3, 3], 37, [0, 0, 0, 0]],
  ])("equals the reference for %j to %i channels, padded by %j", async (x, out, padding) => {
    const size = { x, out, kernel: [3, 3] as const };
    await expectReference(winograd, packWinograd, { tile, ...size, attributes: { padding } });
  });

  test("applies stages to what it loads and stores", async () => {
    const size = { x: [2, 10, 6, 7], out: 19, kernel: [3, 3] as const };
    const attributes = { padding: [1, 1, 1, 1] } as const;
    await expectReference(winograd, packWinograd, { tile, ...size, attributes, isStaged: true });
  });
});
