/** Awkward transposed convolutions: phases without taps, dilations that share factors with strides. */
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
  /** Rows and columns after the last. */
  readonly op?: Pair;
  readonly groups?: number;
  readonly bias?: false;
  /** The weights are inputs of the graph. */
  readonly computed?: true;
}

const ROWS: readonly Row[] = [
  { x: [1, 24, 6, 5], out: 24, k: [2, 2], s: [2, 2] },
  { x: [1, 24, 6, 5], out: 1, k: [2, 2], s: [2, 2] },
  { x: [1, 6, 5, 7], out: 4, k: [3, 3], s: [2, 2], p: [1, 1], op: [1, 1] },
  { x: [1, 5, 4, 3], out: 7, k: [4, 4], s: [2, 2], p: [1, 1], bias: false },
  { x: [2, 3, 5, 4], out: 5, k: [3, 3] },
  { x: [2, 17, 3, 4], out: 13, k: [3, 2], s: [1, 2], p: [1, 0] },
  { x: [1, 1, 1, 1], out: 1, k: [3, 3], s: [2, 2] },
  { x: [1, 4, 1, 1], out: 6, k: [1, 1], s: [3, 2], op: [2, 1] },
  { x: [1, 3, 4, 5], out: 2, k: [2, 3], s: [4, 5] },
  { x: [1, 3, 3, 2], out: 5, k: [3, 3], s: [3, 2], d: [2, 2], p: [1, 2] },
  { x: [1, 2, 4, 4], out: 3, k: [3, 2], s: [4, 6], d: [2, 4], op: [3, 1] },
  { x: [1, 5, 4, 6], out: 3, k: [3, 3], d: [3, 2], p: [4, 2] },
  { x: [1, 3, 5, 5], out: 4, k: [5, 4], s: [2, 3], p: [3, 0, 1, 2], op: [1, 2] },
  { x: [1, 2, 3, 4], out: 2, k: [7, 5], s: [2, 2], p: [6, 4, 4, 0] },
  { x: [1, 4, 3, 3], out: 4, k: [2, 2], s: [2, 2], op: [5, 3] },
  { x: [1, 32, 4, 4], out: 40, k: [2, 2], s: [2, 2], groups: 2 },
  { x: [1, 6, 4, 5], out: 9, k: [3, 3], s: [2, 2], p: [1, 1], groups: 3 },
  { x: [2, 10, 3, 4], out: 14, k: [3, 2], s: [2, 1], groups: 2, bias: false },
  { x: [1, 9, 5, 4], out: 9, k: [3, 3], s: [2, 2], p: [1, 1], op: [1, 0], groups: 9 },
  { x: [1, 5, 3, 4], out: 15, k: [2, 2], s: [2, 2], groups: 5 },
  { x: [1, 12, 4, 3], out: 6, k: [4, 4], s: [2, 2], p: [1, 1], groups: 6 },
  { x: [1, 21, 3, 3], out: 3, k: [3, 3], s: [2, 2], groups: 3 },
  { x: [2, 5, 4, 3], out: 6, k: [3, 2], s: [2, 3], d: [1, 2], p: [1, 0], computed: true },
  { x: [1, 6, 4, 5], out: 9, k: [3, 3], s: [2, 2], op: [1, 1], groups: 3, computed: true },
];

function transposed(row: Row): Case<"convTranspose2d"> {
  const { x, out, k, s = [1, 1], d = [1, 1], p = [0, 0], op = [0, 0], groups = 1 } = row;
  const padding: Padding = p.length === 4 ? p : [...p, ...p];
  const constant = !row.computed;
  const inputs = [
    { shape: x },
    { shape: [x[1], out / groups, ...k], constant },
    ...(row.bias === false ? [] : [{ shape: [out], constant }]),
  ];
  const attributes = { stride: s, dilation: d, padding, outputPadding: op, groups };
  return {
    ...makeCase("convTranspose2d", inputs, attributes),
    name:
      `convTranspose2d x=${x.join("x")} out=${out} k=${k.join("x")} s=${s.join("x")} ` +
      `d=${d.join("x")} p=${p.join(p.length === 4 ? "," : "x")} op=${op.join("x")} ` +
      `groups=${groups}${row.bias === false ? " bias=no" : ""}${constant ? "" : " computed"}`,
  };
}

export const convTransposeCases = ROWS.map(transposed);
