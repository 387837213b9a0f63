/** Awkward convolutions: every parameter, sizes that no tile divides. */
import type { Padding, Pair } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

interface Row {
  readonly x: Shape;
  readonly out: number;
  readonly k: Pair;
  readonly s?: Pair;
  readonly d?: Pair;
  /** [h, w] on both sides, or [top, left, bottom, right]. */
  readonly p?: Pair | Padding;
  readonly groups?: number;
  readonly bias?: false;
  /** Inputs of the graph: computed during the run. */
  readonly computed?: "weight" | "bias" | "both";
}

const ROWS: readonly Row[] = [
  // Pointwise.
  { x: [1, 3, 5, 7], out: 8, k: [1, 1] },
  { x: [1, 1, 4, 4], out: 1, k: [1, 1] },
  { x: [1, 17, 3, 5], out: 13, k: [1, 1] },
  { x: [1, 32, 14, 14], out: 64, k: [1, 1] },
  { x: [1, 96, 7, 7], out: 24, k: [1, 1], bias: false },
  { x: [2, 10, 1, 1], out: 6, k: [1, 1] },
  { x: [3, 5, 9, 2], out: 7, k: [1, 1] },
  { x: [1, 6, 11, 13], out: 10, k: [1, 1], s: [2, 2] },
  { x: [1, 6, 11, 13], out: 10, k: [1, 1], p: [1, 1] },
  { x: [1, 5, 8, 9], out: 4, k: [1, 1], s: [3, 3] },
  { x: [1, 12, 5, 5], out: 18, k: [1, 1], groups: 3 },
  { x: [1, 4, 6, 6], out: 4, k: [1, 1], p: [0, 2, 1, 0] },
  // 3x3.
  { x: [1, 3, 32, 30], out: 16, k: [3, 3], s: [2, 2], p: [1, 1] },
  { x: [1, 3, 32, 30], out: 8, k: [3, 3], s: [2, 2], p: [0, 0, 1, 1] },
  { x: [1, 6, 11, 13], out: 8, k: [3, 3], p: [1, 1] },
  { x: [1, 6, 11, 13], out: 8, k: [3, 3], bias: false },
  { x: [1, 5, 7, 7], out: 3, k: [3, 3], p: [1, 1], d: [1, 1] },
  { x: [1, 6, 11, 13], out: 8, k: [3, 3], p: [2, 2], d: [2, 2] },
  { x: [1, 6, 11, 13], out: 8, k: [3, 3], p: [4, 4], d: [4, 4], s: [2, 2] },
  { x: [1, 1, 3, 3], out: 1, k: [3, 3] },
  { x: [1, 1, 1, 1], out: 5, k: [3, 3], p: [1, 1] },
  { x: [1, 2, 2, 1], out: 3, k: [3, 3], p: [2, 2] },
  { x: [2, 3, 6, 5], out: 9, k: [3, 3], p: [1, 1], s: [1, 2] },
  { x: [3, 4, 5, 5], out: 4, k: [3, 3], p: [1, 1] },
  { x: [1, 4, 12, 10], out: 6, k: [3, 3], p: [0, 1, 2, 3], s: [2, 1] },
  { x: [1, 16, 8, 8], out: 16, k: [3, 3], p: [1, 1] },
  { x: [1, 17, 9, 9], out: 17, k: [3, 3], p: [1, 1] },
  { x: [1, 64, 7, 7], out: 32, k: [3, 3], p: [1, 1] },
  // Other kernels.
  { x: [1, 3, 9, 7], out: 6, k: [3, 5], s: [2, 1], d: [1, 2], p: [1, 4], groups: 3 },
  { x: [1, 5, 13, 11], out: 4, k: [5, 5], p: [2, 2] },
  { x: [1, 3, 14, 14], out: 5, k: [5, 5], s: [2, 2], p: [1, 1, 2, 2] },
  { x: [1, 3, 23, 21], out: 8, k: [7, 7], s: [2, 2], p: [3, 3] },
  { x: [1, 6, 11, 13], out: 5, k: [1, 7], p: [0, 3] },
  { x: [1, 6, 11, 13], out: 5, k: [7, 1], p: [3, 0] },
  { x: [1, 4, 7, 5], out: 10, k: [7, 5] },
  { x: [2, 6, 3, 4], out: 7, k: [3, 4] },
  { x: [1, 3, 4, 3], out: 4, k: [5, 7], p: [2, 3] },
  { x: [1, 2, 8, 8], out: 3, k: [2, 2], s: [2, 2] },
  { x: [1, 2, 9, 8], out: 3, k: [2, 2], s: [3, 3] },
  { x: [1, 5, 10, 11], out: 3, k: [4, 2], s: [4, 5], p: [1, 0] },
  { x: [1, 1, 16, 16], out: 4, k: [8, 8], s: [8, 8] },
  // Groups.
  { x: [1, 6, 11, 13], out: 9, k: [3, 3], p: [1, 1], groups: 3 },
  { x: [1, 8, 6, 6], out: 8, k: [3, 3], p: [1, 1], groups: 2 },
  { x: [1, 16, 6, 6], out: 32, k: [3, 3], p: [1, 1], groups: 4 },
  { x: [1, 8, 5, 6], out: 24, k: [3, 3], p: [1, 1], groups: 2 },
  { x: [1, 16, 5, 5], out: 40, k: [1, 1], groups: 2 },
  { x: [2, 10, 5, 7], out: 14, k: [3, 3], s: [2, 2], p: [1, 1], groups: 2 },
  { x: [1, 15, 5, 4], out: 21, k: [1, 1], groups: 3, bias: false },
  // Depthwise, also with several outputs for each channel.
  { x: [1, 6, 11, 13], out: 6, k: [3, 3], p: [1, 1], groups: 6 },
  { x: [1, 32, 14, 14], out: 32, k: [3, 3], p: [1, 1], groups: 32 },
  { x: [1, 17, 8, 9], out: 17, k: [3, 3], s: [2, 2], p: [1, 1], groups: 17 },
  { x: [1, 8, 12, 12], out: 8, k: [3, 3], s: [2, 2], p: [0, 0, 1, 1], groups: 8 },
  { x: [1, 6, 11, 13], out: 6, k: [5, 5], s: [2, 2], p: [2, 2], groups: 6, bias: false },
  { x: [1, 12, 9, 10], out: 12, k: [5, 5], p: [2, 2], groups: 12 },
  { x: [1, 5, 7, 7], out: 5, k: [7, 7], p: [3, 3], groups: 5 },
  { x: [1, 7, 9, 9], out: 7, k: [3, 3], p: [2, 2], d: [2, 2], groups: 7 },
  { x: [2, 3, 5, 6], out: 3, k: [3, 3], p: [1, 1], groups: 3 },
  { x: [1, 4, 1, 1], out: 4, k: [3, 3], p: [1, 1], groups: 4 },
  { x: [1, 5, 6, 5], out: 10, k: [3, 3], p: [1, 1], groups: 5 },
  { x: [1, 4, 6, 5], out: 12, k: [3, 3], s: [2, 1], p: [1, 1], groups: 4 },
  { x: [1, 7, 4, 4], out: 14, k: [1, 1], groups: 7 },
  { x: [1, 9, 8, 6], out: 9, k: [1, 5], p: [0, 2], groups: 9 },
  // Weights that are computed.
  { x: [2, 6, 5, 7], out: 5, k: [3, 2], s: [2, 1], d: [1, 2], p: [1, 2], computed: "both" },
  { x: [1, 7, 4, 4], out: 6, k: [1, 1], computed: "weight" },
  { x: [1, 8, 4, 5], out: 8, k: [3, 3], p: [1, 1], computed: "bias" },
  { x: [1, 6, 5, 4], out: 9, k: [3, 3], s: [3, 3], groups: 3, computed: "weight", bias: false },
  { x: [1, 5, 3, 3], out: 5, k: [3, 3], p: [0, 1, 2, 1], groups: 5, computed: "both" },
];

function convolution({
  x,
  out,
  k,
  s = [1, 1],
  d = [1, 1],
  p = [0, 0],
  groups = 1,
  bias,
  computed,
}: Row) {
  const padding: Padding = p.length === 4 ? p : [...p, ...p];
  const weight = [out, x[1] / groups, ...k];
  const pads = p.length === 4 ? p.join(",") : p.join("x");
  const isComputed = (what: string): boolean => computed === what || computed === "both";
  return {
    ...makeCase(
      "conv2d",
      [
        { shape: x },
        { shape: weight, constant: !isComputed("weight") },
        ...(bias === false ? [] : [{ shape: [out], constant: !isComputed("bias") }]),
      ],
      { stride: s, dilation: d, padding, groups },
    ),
    name:
      `conv2d x=${x.join("x")} out=${out} k=${k.join("x")} s=${s.join("x")} d=${d.join("x")} ` +
      `p=${pads} groups=${groups}${bias === false ? " bias=no" : ""}` +
      (computed ? ` computed=${computed}` : ""),
  };
}

export const convolutionCases: readonly Case<"conv2d">[] = ROWS.map(convolution);
