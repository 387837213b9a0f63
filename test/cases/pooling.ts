/** Awkward pools: ceil mode, padding that counts or not, windows larger than the image. */
import type { Padding, Pair } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

interface Row {
  readonly x: Shape;
  readonly k: Pair;
  readonly s?: Pair;
  readonly d?: Pair;
  readonly p?: Pair | Padding;
  readonly ceil?: boolean;
}

const BOTH: readonly Row[] = [
  { x: [1, 3, 8, 8], k: [2, 2] },
  { x: [1, 3, 12, 13], k: [3, 3], s: [2, 2], p: [1, 1] },
  { x: [1, 3, 12, 13], k: [3, 3], s: [2, 2], ceil: true },
  { x: [1, 3, 7, 7], k: [2, 2], s: [2, 2], ceil: true },
  { x: [1, 5, 7, 7], k: [3, 3], s: [1, 1], p: [1, 1] },
  { x: [2, 17, 6, 5], k: [3, 3], s: [2, 2], p: [1, 1], ceil: true },
  { x: [1, 4, 10, 9], k: [3, 2], s: [2, 3], p: [1, 0] },
  { x: [1, 4, 9, 11], k: [2, 2], s: [3, 4] },
  { x: [1, 1, 1, 1], k: [1, 1] },
  { x: [1, 2, 1, 1], k: [3, 3], s: [1, 1], p: [1, 1] },
  { x: [1, 6, 7, 5], k: [7, 5] },
  { x: [1, 3, 13, 13], k: [2, 2], s: [1, 1], p: [0, 0, 1, 1] },
  { x: [1, 5, 8, 6], k: [3, 3], s: [2, 2], p: [0, 1, 1, 0] },
  { x: [1, 3, 9, 8], k: [4, 3], s: [3, 2], p: [2, 1], ceil: true },
];

const MAX_ONLY: readonly Row[] = [
  { x: [1, 3, 9, 9], k: [13, 13], s: [1, 1], p: [6, 6] },
  { x: [1, 8, 11, 10], k: [3, 3], s: [1, 1], d: [2, 2], p: [2, 2] },
  { x: [1, 3, 12, 9], k: [2, 3], s: [2, 2], d: [3, 2], ceil: true },
  { x: [1, 5, 13, 13], k: [5, 5], s: [1, 1], p: [2, 2] },
];

/** Darknet pads by k - 1 in all, from (k - 1) / 2 on; Caffe takes the ceiling. */
const CONVENTIONS: readonly Row[] = [
  { x: [1, 5, 13, 13], k: [2, 2], s: [2, 2], p: [0, 0, 1, 1] },
  { x: [1, 3, 7, 5], k: [5, 5], s: [1, 1], p: [2, 2] },
  { x: [1, 6, 14, 11], k: [3, 3], s: [2, 2], ceil: true },
  { x: [1, 2, 10, 7], k: [3, 3], s: [2, 2], p: [1, 1], ceil: true },
  { x: [1, 3, 2, 3], k: [4, 5], s: [2, 2], p: [1, 1], ceil: true },
];

function describeRow({ k, s = k, d = [1, 1], p = [0, 0], ceil = false }: Row) {
  const padding: Padding = p.length === 4 ? p : [...p, ...p];
  return {
    attributes: { kernel: k, stride: s, padding, ceilMode: ceil },
    dilation: d,
    text:
      `k=${k.join("x")} s=${s.join("x")} d=${d.join("x")} ` +
      `p=${p.length === 4 ? p.join(",") : p.join("x")}${ceil ? " ceil" : ""}`,
  };
}

const MAX = [...BOTH, ...MAX_ONLY, ...CONVENTIONS];

export const maxPoolCases: readonly Case<"maxPool2d">[] = MAX.map((row) => {
  const { attributes, dilation, text } = describeRow(row);
  // Below zero throughout, so that padding with 0 instead of -inf would show.
  const x = { shape: row.x, range: [-3, -1] as const };
  return makeCase("maxPool2d", [x], { ...attributes, dilation }, text);
});

export const maxPoolWithIndicesCases: readonly Case<"maxPool2dWithIndices">[] = MAX.map((row) => {
  const { attributes, dilation, text } = describeRow(row);
  // In steps, so that several elements of a window are the greatest.
  const x = { shape: row.x, range: [-3, -1] as const, step: 0.25 };
  return makeCase("maxPool2dWithIndices", [x], { ...attributes, dilation }, text);
});

/** Indices within the plane, some of them equal and some outside of it. */
export const maxUnpoolCases: readonly Case<"maxUnpool2d">[] = (
  [
    [
      [1, 3, 4, 4],
      [8, 8],
    ],
    [
      [2, 5, 3, 5],
      [7, 9],
    ],
    [
      [1, 1, 1, 1],
      [1, 1],
    ],
    [
      [1, 4, 2, 7],
      [3, 1],
    ],
    [
      [1, 6, 1, 9],
      [1, 17],
    ],
    [
      [1, 2, 9, 8],
      [31, 33],
    ],
  ] as const
).map(([shape, size]) => {
  const indices = { shape, dtype: "int32", range: [-1, size[0] * size[1] + 1] } as const;
  return makeCase("maxUnpool2d", [{ shape }, indices], { size }, `size=${size.join("x")}`);
});

const DIVIDED: readonly Row[] = [
  ...BOTH,
  ...CONVENTIONS,
  { x: [1, 8, 11, 10], k: [3, 3], s: [1, 1], d: [2, 2], p: [2, 2] },
  { x: [1, 3, 12, 9], k: [2, 3], s: [2, 2], d: [3, 2], p: [1, 2, 2, 1], ceil: true },
  { x: [2, 5, 9, 7], k: [3, 2], s: [2, 3], d: [3, 4], p: [2, 1], ceil: true },
  { x: [1, 2, 4, 5], k: [2, 2], s: [1, 1], d: [3, 3], p: [1, 1] },
  { x: [1, 3, 3, 2], k: [1, 1], s: [2, 1], p: [1, 2] },
];

export const averagePoolCases: readonly Case<"averagePool2d">[] = DIVIDED.flatMap((row) => {
  const { attributes, dilation, text } = describeRow(row);
  const dilated = row.d ? { dilation } : {};
  return ([true, false, 3] as const).map((way) => {
    const divided = typeof way === "boolean" ? {} : { divisor: way };
    const countIncludePad = way === true;
    return makeCase(
      "averagePool2d",
      [{ shape: row.x }],
      { ...attributes, ...dilated, ...divided, countIncludePad },
      `${text} ${typeof way === "boolean" ? `countIncludePad=${way}` : `divisor=${way}`}`,
    );
  });
});

export const adaptivePoolCases: readonly Case<"adaptivePool2d">[] = (
  [
    [
      [1, 3, 7, 7],
      [1, 1],
    ],
    [
      [2, 5, 13, 10],
      [6, 6],
    ],
    [
      [1, 8, 6, 6],
      [6, 6],
    ],
    [
      [1, 1, 5, 3],
      [7, 7],
    ],
    [
      [1, 17, 9, 11],
      [4, 3],
    ],
    [
      [1, 4, 1, 37],
      [1, 10],
    ],
  ] as const
).flatMap(([shape, size]) =>
  (["average", "max"] as const).map((kind) => {
    const x = { shape, range: [-3, -1] as const };
    return makeCase("adaptivePool2d", [x], { kind, size }, `${kind} size=${size.join("x")}`);
  }),
);

export const channelMaxPoolCases: readonly Case<"channelMaxPool">[] = (
  [
    [[1, 12, 3, 3], 4],
    [[2, 15, 5, 4], 3],
    [[1, 15, 2, 3], 5],
    [[1, 17, 3, 2], 6],
    [[1, 9, 1, 1], 1],
    [[1, 7, 4, 5], 7],
    [[3, 32, 2, 2], 8],
    [[1, 6, 3, 3], 5],
  ] as const
).map(([shape, outChannels]) => {
  const x = { shape, range: [-3, -1] as const };
  return makeCase("channelMaxPool", [x], { outChannels }, `outChannels=${outChannels}`);
});

export const globalAveragePoolCases: readonly Case<"globalAveragePool">[] = [
  [1, 3, 7, 7],
  [1, 17, 5, 3],
  [2, 4, 1, 1],
  [3, 1, 8, 16],
  [1, 64, 14, 14],
].map((shape) => makeCase("globalAveragePool", [{ shape }], {}));
