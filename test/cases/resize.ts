/** Resizes up and down by every coordinate rule and rounding. */
import type { Pair, ResizeAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

const COORDINATES = ["half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"] as const;
const ROUNDINGS = ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"] as const;

/** Input shape, output size, explicit scale. */
const SIZES: readonly (readonly [Shape, Pair, Pair?])[] = [
  [
    [1, 3, 5, 7],
    [10, 14],
  ],
  [
    [1, 5, 5, 7],
    [3, 4],
  ],
  [
    [1, 2, 4, 3],
    [9, 10],
  ],
];

/** Sizes where only some of the rules differ. */
const CORNERS: readonly (readonly [Shape, Pair, Pair?])[] = [
  [
    [2, 4, 3, 3],
    [9, 9],
  ],
  [
    [1, 1, 1, 1],
    [4, 3],
  ],
  [
    [1, 6, 6, 4],
    [1, 1],
  ],
  [
    [1, 3, 7, 9],
    [7, 9],
  ],
  [
    [1, 3, 5, 5],
    [8, 7],
    [Math.fround(1.6), Math.fround(1.5)],
  ],
  [
    [1, 4, 13, 13],
    [26, 26],
    [2, 2],
  ],
];

function resizeCase(
  [shape, size, scale]: (typeof SIZES)[number],
  rules: Pick<ResizeAttributes, "mode" | "coordinates" | "rounding">,
): Case<"resize"> {
  const { mode, coordinates, rounding } = rules;
  const attributes = { ...rules, size, ...(scale && { scale }) };
  const text =
    `size=${size.join("x")} ${mode} ${coordinates}` +
    (mode === "nearest" ? ` ${rounding}` : "") +
    (scale ? ` scale=${scale.map((s) => s.toFixed(2)).join("x")}` : "");
  return makeCase("resize", [{ shape }], attributes, text);
}

const nearest = COORDINATES.flatMap((coordinates) =>
  ROUNDINGS.flatMap((rounding) =>
    SIZES.map((size) => resizeCase(size, { mode: "nearest", coordinates, rounding })),
  ),
);

const linear = COORDINATES.flatMap((coordinates) =>
  [...SIZES, ...CORNERS].map((size) =>
    resizeCase(size, { mode: "linear", coordinates, rounding: "floor" }),
  ),
);

const corners = CORNERS.flatMap((size) => [
  resizeCase(size, { mode: "nearest", coordinates: "asymmetric", rounding: "floor" }),
  resizeCase(size, { mode: "nearest", coordinates: "half_pixel", rounding: "round_prefer_floor" }),
]);

export const resizeCases: readonly Case<"resize">[] = [...nearest, ...linear, ...corners];
