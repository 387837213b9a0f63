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

export const maxPoolCases: readonly Case<"maxPool2d">[] = [...BOTH, ...MAX_ONLY].map((row) => {
  const { attributes, dilation, text } = describeRow(row);
  // Below zero throughout, so that padding with 0 instead of -inf would show.
  const x = { shape: row.x, range: [-3, -1] as const };
  return makeCase("maxPool2d", [x], { ...attributes, dilation }, text);
});

export const averagePoolCases: readonly Case<"averagePool2d">[] = BOTH.flatMap((row) => {
  const { attributes, text } = describeRow(row);
  return [true, false].map((countIncludePad) =>
    makeCase(
      "averagePool2d",
      [{ shape: row.x }],
      { ...attributes, countIncludePad },
      `${text} countIncludePad=${countIncludePad}`,
    ),
  );
});

export const globalAveragePoolCases: readonly Case<"globalAveragePool">[] = [
  [1, 3, 7, 7],
  [1, 17, 5, 3],
  [2, 4, 1, 1],
  [3, 1, 8, 16],
  [1, 64, 14, 14],
].map((shape) => makeCase("globalAveragePool", [{ shape }], {}));
