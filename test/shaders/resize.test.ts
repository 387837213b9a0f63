/** Resizes against the reference. */
import { describe, test } from "vitest";
import type { ResizeAttributes } from "../../src/graph/attributes.ts";
import { filterTaps } from "../../src/graph/resize-filter.ts";
import { resizeTaps } from "../../src/graph/resize-coordinates.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { packFilter, resizeFilter } from "../../src/shaders/resize/filter.ts";
import { packTaps, resize } from "../../src/shaders/resize/resize.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise } from "../reference/apply.ts";
import { Arena, check, DEVICES, weightsOf } from "./arena.ts";

const NEAREST: ResizeAttributes = {
  mode: "nearest",
  size: [1, 1],
  coordinates: "asymmetric",
  rounding: "floor",
};
const LINEAR: ResizeAttributes = { ...NEAREST, mode: "linear", coordinates: "half_pixel" };

const CASES: readonly (readonly [Shape, ResizeAttributes])[] = [
  [[1, 4, 3, 5], { ...NEAREST, size: [6, 10] }],
  [[2, 5, 7, 5], { ...NEAREST, size: [3, 11], coordinates: "half_pixel", rounding: "ceil" }],
  [[1, 3, 4, 4], { ...LINEAR, size: [8, 8] }],
  [[2, 9, 7, 5], { ...LINEAR, size: [4, 13] }],
  [[1, 6, 5, 6], { ...LINEAR, size: [9, 1], coordinates: "align_corners" }],
  [[1, 1, 1, 1], { ...LINEAR, size: [3, 2], coordinates: "asymmetric" }],
];

async function checkResize(
  shape: Shape,
  attributes: ResizeAttributes,
  traits = {},
  fused = false,
): Promise<void> {
  const input = noise(shape, 1);
  const squared = fused ? apply("unary", [input], { kind: "square" }) : input;
  const resized = apply("resize", [squared], attributes);
  const output = fused ? apply("unary", [resized], { kind: "neg" }) : resized;
  const arena = new Arena();
  const [x, y] = [arena.quads(shape, input), arena.quads(output.shape)];
  const rows = packTaps(resizeTaps(x.height, y.height, attributes, 0));
  const columns = packTaps(resizeTaps(x.width, y.width, attributes, 1));
  const weights = weightsOf(rows, columns);
  await check({
    kernel: resize,
    spec: { x, y, rows, columns },
    arena,
    weights,
    traits,
    stages: fused
      ? { load_x: [unaryStage({ kind: "square" })!], store_y: [unaryStage({ kind: "neg" })!] }
      : {},
    expected: [[y, output]],
    tolerance: attributes.mode === "nearest" ? 0 : 1e-6,
  });
}

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(
    CASES.map(
      ([x, a]) =>
        [`${a.mode} ${a.coordinates} x=${x.join("x")} to ${a.size.join("x")}`, x, a] as const,
    ),
  )("resize equals the reference: %s", async (_name, shape, attributes) => {
    await checkResize(shape, attributes, traits);
  });
});

test("resize applies stages to what it loads and stores", async () => {
  await checkResize([1, 5, 3, 4], { ...LINEAR, size: [5, 7] }, {}, true);
});

const CROP = {
  coordinates: "tf_crop_and_resize",
  roi: [0.2, -0.3, 0.9, 1],
  extrapolationValue: 5,
} as const;

const FILTERED: readonly (readonly [Shape, ResizeAttributes])[] = [
  [[2, 5, 7, 5], { ...LINEAR, mode: "cubic", size: [3, 11] }],
  [[1, 3, 9, 16], { ...LINEAR, antialias: true, size: [2, 3] }],
  [[2, 6, 5, 6], { ...LINEAR, ...CROP, size: [4, 7] }],
];

test.each(FILTERED.map(([x, a]) => [JSON.stringify([x, a]), x, a] as const))(
  "a filtered resize equals the reference, with stages on its load and store: %s",
  async (_, shape, attributes) => {
    const input = noise(shape, 1);
    const resized = apply("resize", [apply("unary", [input], { kind: "neg" })], attributes);
    const output = apply("unary", [resized], { kind: "abs" });
    const arena = new Arena();
    const [x, y] = [arena.quads(shape, input), arena.quads(output.shape)];
    const rows = packFilter(filterTaps(x.height, y.height, attributes, 0));
    const columns = packFilter(filterTaps(x.width, y.width, attributes, 1));
    const weights = weightsOf(rows, columns);
    await check({
      kernel: resizeFilter,
      spec: { x, y, rows, columns, value: attributes.extrapolationValue ?? 0 },
      arena,
      weights,
      stages: { load_x: [unaryStage({ kind: "neg" })!], store_y: [unaryStage({ kind: "abs" })!] },
      expected: [[y, output]],
      tolerance: 1e-6,
    });
  },
);
