/** Deformable samples, shifts and samples at the places of a grid. */
import type { OperatorAttributes, Padding, Pair } from "../../src/graph/attributes.ts";
import { convolvedSize } from "../../src/graph/operators/convolution.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

interface Deformable {
  readonly x: Shape;
  readonly k: Pair;
  readonly s?: Pair;
  readonly d?: Pair;
  readonly p?: Padding;
  readonly og?: number;
  readonly mask?: true;
  /** The greatest offset. */
  readonly reach?: number;
}

const DEFORMABLE: readonly Deformable[] = [
  { x: [1, 4, 5, 7], k: [3, 3], p: [1, 1, 1, 1] },
  { x: [1, 6, 11, 13], k: [3, 3], s: [2, 2], p: [1, 1, 1, 1], og: 2, mask: true, reach: 1.5 },
  { x: [2, 3, 4, 5], k: [2, 3], og: 3, reach: 4 },
  { x: [1, 5, 6, 4], k: [3, 2], d: [2, 1], p: [2, 0, 1, 3], mask: true, reach: 9 },
  { x: [1, 1, 1, 1], k: [1, 1], reach: 0.9 },
  { x: [1, 7, 3, 3], k: [1, 1], mask: true },
  { x: [2, 10, 5, 6], k: [3, 3], s: [3, 1], p: [1, 1, 0, 2], og: 5, mask: true },
];

function deformable(row: Deformable): Case<"deformSample2d"> {
  const { x, k, s = [1, 1], d = [1, 1], p = [0, 0, 0, 0], og = 1, mask, reach = 1 } = row;
  const size = [0, 1].map((axis) =>
    convolvedSize(x[2 + axis], k[axis], s[axis], d[axis], p[axis] + p[axis + 2]),
  );
  const perTap = og * k[0] * k[1];
  const inputs = [
    { shape: x },
    { shape: [x[0], 2 * perTap, ...size], range: [-reach, reach] as const },
    ...(mask ? [{ shape: [x[0], perTap, ...size], range: [0, 1] as const }] : []),
  ];
  const attributes = { kernel: k, stride: s, dilation: d, padding: p, offsetGroups: og };
  const parameters = `k=${k.join("x")} s=${s.join("x")} d=${d.join("x")} p=${p.join(",")} og=${og} reach=${reach}`;
  return makeCase("deformSample2d", inputs, attributes, parameters);
}

export const deformSampleCases = DEFORMABLE.map(deformable);

const SHIFTS: readonly (readonly [x: Shape, kernel: number, dilation: number])[] = [
  [[1, 20, 5, 6], 3, 1],
  [[1, 30, 9, 9], 5, 1],
  [[2, 27, 5, 4], 3, 2],
  [[1, 18, 2, 3], 3, 4],
  [[1, 8, 4, 4], 3, 1],
  [[1, 7, 3, 5], 1, 3],
  [[1, 9, 1, 1], 3, 1],
  [[1, 50, 8, 7], 7, 1],
];

export const shiftCases = SHIFTS.map(([shape, kernel, dilation]) =>
  makeCase("shift", [{ shape }], { kernel, dilation }, `k=${kernel} d=${dilation}`),
);

type GridAttributes = OperatorAttributes["gridSample"];

const MODES = ["nearest", "linear", "cubic"] as const;
const PADDINGS = ["zeros", "border", "reflection"] as const;

/** x, and the places of the grid. */
const GRIDS: readonly (readonly [x: Shape, places: Shape])[] = [
  [
    [2, 3, 5, 4],
    [3, 7],
  ],
  [
    [1, 2, 3, 4, 5],
    [2, 3, 4],
  ],
];

function sampled(x: Shape, places: Shape, attributes: GridAttributes): Case<"gridSample"> {
  const { mode, padding, alignCorners } = attributes;
  // Beyond the image on all sides, and off the halves where nearest may round either way.
  const grid = { shape: [x[0], ...places, x.length - 2], range: [-2.3, 2.41] as const };
  const parameters = `${mode} ${padding}${alignCorners ? " align_corners" : ""}`;
  return makeCase("gridSample", [{ shape: x }, grid], attributes, parameters);
}

export const gridSampleCases = [
  ...GRIDS.flatMap(([x, places]) =>
    MODES.flatMap((mode) =>
      PADDINGS.flatMap((padding) =>
        [false, true].map((alignCorners) => sampled(x, places, { mode, padding, alignCorners })),
      ),
    ),
  ),
  sampled([2, 3, 7], [5], { mode: "cubic", padding: "border", alignCorners: false }),
  ...PADDINGS.flatMap((padding) =>
    [false, true].map((alignCorners) =>
      sampled([1, 1, 1, 1], [2, 3], { mode: "linear", padding, alignCorners }),
    ),
  ),
];
