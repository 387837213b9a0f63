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
  rules: Omit<ResizeAttributes, "size" | "scale">,
): Case<"resize"> {
  const { mode, coordinates, rounding, ...rest } = rules;
  const attributes = { ...rules, size, ...(scale && { scale }) };
  const text =
    `size=${size.join("x")} ${mode} ${coordinates}` +
    (mode === "nearest" ? ` ${rounding}` : "") +
    (scale ? ` scale=${scale.map((s) => s.toFixed(2)).join("x")}` : "") +
    Object.entries(rest)
      .map(([key, value]) => ` ${key}=${String(value)}`)
      .join("");
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

/** What lists of taps are for: each filter with every rule, up and down. */
const FILTERS: readonly Partial<ResizeAttributes>[] = [
  { mode: "cubic" },
  { mode: "cubic", cubicCoefficient: -0.5, excludeOutside: true },
  { mode: "cubic", antialias: true },
  { mode: "linear", antialias: true },
  { mode: "linear", antialias: true, excludeOutside: true },
];

const filtered = FILTERS.flatMap((filter) =>
  COORDINATES.flatMap((coordinates) =>
    [...SIZES, CORNERS[1], CORNERS[2], CORNERS[4]].map((size) =>
      resizeCase(size, { mode: "cubic", coordinates, rounding: "floor", ...filter }),
    ),
  ),
);

/** Scales whose sizes are rounded down: 5 * 0.5 and 7 * 0.7. */
const ROUNDED: (typeof SIZES)[number] = [
  [1, 3, 5, 7],
  [2, 4],
  [0.5, Math.fround(0.7)],
];

const CROPS = [
  [0.25, 0, 0.75, 1],
  [0.4, 0.6, 0.6, 1.2],
  [0.7, -0.2, 0.1, 0.8],
] as const;

const others = [
  ...(["nearest", "linear", "cubic"] as const).flatMap((mode) => [
    resizeCase(ROUNDED, { mode, coordinates: "half_pixel_symmetric", rounding: "floor" }),
    resizeCase(ROUNDED, { mode, coordinates: "align_corners", rounding: "floor" }),
    ...CROPS.map((roi) =>
      resizeCase(
        [
          [2, 5, 6, 5],
          [7, 4],
        ],
        {
          mode,
          coordinates: "tf_crop_and_resize",
          rounding: "round_prefer_ceil",
          roi,
          extrapolationValue: 10,
        },
      ),
    ),
  ]),
  ...SIZES.map((size) =>
    resizeCase(size, { mode: "nearest", coordinates: "tf_half_pixel_for_nn", rounding: "floor" }),
  ),
  // Places beyond 2048, which is where whole numbers end in 16-bit floats.
  ...(["nearest", "linear", "cubic"] as const).map((mode) =>
    resizeCase(
      [
        [1, 1, 2, 2101],
        [3, 2203],
      ],
      { mode, coordinates: "half_pixel", rounding: "floor" },
    ),
  ),
  // A single pixel of a crop is its centre.
  resizeCase(
    [
      [1, 2, 7, 5],
      [1, 1],
    ],
    {
      mode: "linear",
      coordinates: "tf_crop_and_resize",
      rounding: "floor",
      roi: [0.1, 0.2, 0.6, 1],
    },
  ),
  // Sums are shorter columns first, then rows.
  resizeCase(
    [
      [1, 6, 40, 33],
      [5, 4],
    ],
    {
      mode: "cubic",
      coordinates: "half_pixel",
      rounding: "floor",
      antialias: true,
    },
  ),
  resizeCase(
    [
      [1, 6, 9, 8],
      [20, 30],
    ],
    {
      mode: "cubic",
      coordinates: "tf_crop_and_resize",
      rounding: "floor",
      roi: [-0.5, 0, 1, 2],
      extrapolationValue: -3,
    },
  ),
];

export const resizeCases: readonly Case<"resize">[] = [
  ...nearest,
  ...linear,
  ...corners,
  ...filtered,
  ...others,
];
