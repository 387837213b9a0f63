/** A pointwise and a depthwise convolution in one dispatch, in strips that no size divides, against the reference. */
// @module-tag slow
import { describe, expect, test } from "vitest";
import type { Conv2dAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { pointwiseDepthwise, stripColumns } from "../../src/shaders/conv/pointwise-depthwise.ts";
import type { StripTile } from "../../src/shaders/conv/pointwise-depthwise.ts";
import { packBias, packBlocks, packDepthwise } from "../../src/shaders/conv/weights.ts";
import type { Stage } from "../../src/shaders/kernel.ts";
import { binaryStage, forkStage, unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise, PLAIN_CONVOLUTION } from "../reference/apply.ts";
import { Arena, check, weightsOf } from "./arena.ts";

interface Case {
  readonly x: Shape;
  readonly channels: number;
  readonly kernel?: readonly [number, number];
  readonly attributes?: Partial<Conv2dAttributes>;
  /** What lies between is stored, and so is a function of it. */
  readonly isStored?: boolean;
  /** A gate rides on the load, a residual on the store. */
  readonly isStaged?: boolean;
}

async function expectReference(tile: StripTile, given: Case): Promise<void> {
  const { x: shape, channels, kernel = [3, 3], isStored = false, isStaged = false } = given;
  const attributes = { ...PLAIN_CONVOLUTION, ...given.attributes, groups: channels };
  const arena = new Arena();
  const input = noise(shape, 1);
  const gate = noise([shape[0], shape[1], 1, 1], 2);
  const [matrix, offsets] = [noise([channels, shape[1], 1, 1], 3), noise([channels], 4)];
  const [taps, shifts] = [noise([channels, 1, ...kernel], 5), noise([channels], 6)];
  const gated = isStaged ? apply("binary", [input, gate], { kind: "mul" }) : input;
  const first = apply("conv2d", [gated, matrix, offsets], PLAIN_CONVOLUTION);
  // A hard-sigmoid of 0 is not 0: what lies outside of the map must be.
  const between = apply("unary", [first], { kind: "hardSigmoid", alpha: 0.3, beta: 0.5 });
  const plain = apply("conv2d", [between, taps, shifts], attributes);
  const residual = noise(plain.shape, 7);
  const output = isStaged ? apply("binary", [plain, residual], { kind: "add" }) : plain;
  const x = arena.quads(shape, input);
  const gateQuads = arena.quads(gate.shape, gate);
  const residualQuads = arena.quads(plain.shape, residual);
  const y = arena.quads(plain.shape);
  const z = arena.quads(between.shape);
  const doubled = arena.quads(between.shape);
  const packs = {
    weight: packDepthwise(taps),
    bias: packBias(shifts, channels),
    pointwise: packBlocks(matrix),
    pointwiseBias: packBias(offsets, channels),
  };
  const stages: Record<string, Stage[]> = {
    store_between: [unaryStage({ kind: "hardSigmoid", alpha: 0.3, beta: 0.5 })!],
  };
  if (isStored) {
    const neg = unaryStage({ kind: "neg" })!;
    stages.store_z = [forkStage(z, []), forkStage(doubled, [neg])];
  }
  if (isStaged) {
    const operand = { fromWeights: false, canHold: true, tensor: gateQuads };
    stages.load_x = [binaryStage("mul", operand, x, false)];
    const added = { fromWeights: false, tensor: residualQuads };
    stages.store_y = [binaryStage("add", added, y, false)];
  }
  await check({
    kernel: pointwiseDepthwise,
    spec: { x, y, ...packs, kernel, attributes, tile, storesBetween: isStored },
    arena,
    weights: weightsOf(...Object.values(packs)),
    stages,
    expected: [
      [y, output],
      ...(isStored
        ? ([
            [z, between],
            [doubled, apply("unary", [between], { kind: "neg" })],
          ] as const)
        : []),
    ],
    tolerance: 2e-5,
  });
}

const TILES: readonly (readonly [string, StripTile])[] = [
  ["one pixel of a quad", { width: 1, height: 1, quads: 1, workgroup: 8 }],
  ["4 x 3 pixels of 2 quads", { width: 4, height: 3, quads: 2, workgroup: 4 }],
  ["7 x 28 pixels of 4 quads", { width: 7, height: 28, quads: 4, workgroup: 8 }],
];

const CASES: readonly Case[] = [
  { x: [1, 8, 7, 7], channels: 16, attributes: { padding: [1, 1, 1, 1] } },
  { x: [2, 5, 9, 11], channels: 7, attributes: { padding: [1, 1, 1, 1], stride: [2, 2] } },
  { x: [1, 3, 8, 5], channels: 18, kernel: [5, 5], attributes: { padding: [2, 2, 2, 2] } },
  {
    x: [1, 6, 10, 13],
    channels: 5,
    kernel: [7, 7],
    attributes: { padding: [3, 3, 3, 3], stride: [2, 1] },
  },
  { x: [1, 4, 6, 8], channels: 4, attributes: { padding: [0, 1, 1, 0], stride: [2, 2] } },
  { x: [1, 2, 9, 9], channels: 9, kernel: [3, 1], attributes: { dilation: [2, 1] } },
  {
    x: [1, 9, 7, 12],
    channels: 6,
    attributes: { dilation: [2, 2], padding: [2, 2, 2, 2], stride: [2, 2] },
  },
  { x: [1, 1, 1, 1], channels: 1, attributes: { padding: [1, 1, 1, 1] } },
  { x: [1, 5, 3, 2], channels: 4, attributes: { padding: [3, 4, 2, 3] } },
];

const nameOf = ({ x, channels, kernel = [3, 3], attributes = {} }: Case): string => {
  const { stride = [1, 1], padding = [0, 0, 0, 0], dilation = [1, 1] } = attributes;
  const sizes = { x, c: [channels], k: kernel, s: stride, p: padding, d: dilation };
  return Object.entries(sizes)
    .map(([key, size]) => `${key}=${size.join("x")}`)
    .join(" ");
};

describe.each(TILES)("in strips of %s", (_, tile) => {
  test.each(CASES.map((each) => [nameOf(each), each] as const))(
    "y equals the reference for %s",
    (_name, each) => expectReference(tile, each),
  );

  test.each<[Shape, number, readonly [number, number], Conv2dAttributes["padding"]]>([
    [[1, 6, 7, 7], 18, [3, 3], [1, 1, 1, 1]],
    [[2, 7, 5, 10], 9, [5, 3], [1, 2, 3, 0]],
  ])(
    "what lies between is stored too for x=%j c=%i k=%j p=%j",
    async (x, channels, kernel, padding) => {
      const attributes = { padding };
      const size = { x, channels, kernel, attributes, isStaged: true };
      await expectReference(tile, { ...size, isStored: true });
    },
  );

  test("stages are applied to what is loaded and stored", async () => {
    const attributes = { padding: [1, 1, 1, 1], stride: [2, 2] } as const;
    await expectReference(tile, { x: [2, 10, 6, 9], channels: 11, attributes, isStaged: true });
  });
});

test("only the columns that lie in the map are computed where one strip has them all", () => {
  const attributes = { ...PLAIN_CONVOLUTION, padding: [1, 1, 1, 1] } as const;
  const sizes = { kernel: [3, 3], attributes } as const;
  expect(stripColumns(sizes, 7, 7, 7)).toEqual({ step: 1, span: 9, from: 1, live: 7 });
  expect(stripColumns(sizes, 7, 14, 14)).toEqual({ step: 1, span: 9, from: 0, live: 9 });
});
