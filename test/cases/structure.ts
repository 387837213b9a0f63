/** Operators that move elements: borders inside of channel quads, several axes, ranks 1 to 6. */
import type { OperatorAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case, CaseInput } from "./case.ts";

export const concatCases: readonly Case<"concat">[] = (
  [
    [1, [1, 4, 5, 3], [1, 8, 5, 3]],
    [1, [1, 3, 5, 3], [1, 5, 5, 3]],
    [1, [2, 1, 3, 3], [2, 2, 3, 3], [2, 17, 3, 3], [2, 4, 3, 3]],
    [1, [1, 6, 4, 4]],
    [0, [1, 5, 3, 2], [2, 5, 3, 2]],
    [2, [1, 5, 3, 2], [1, 5, 4, 2]],
    [-1, [1, 5, 3, 2], [1, 5, 3, 1], [1, 5, 3, 6]],
    [1, [3, 7], [3, 2]],
    [0, [4], [3]],
    [1, [2, 6, 4], [2, 3, 4]],
  ] as const
).map(([axis, ...shapes]: readonly [number, ...Shape[]]) => {
  const inputs = shapes.map((shape) => ({ shape }));
  return makeCase("concat", inputs, { axis }, `axis=${axis}`);
});

/** x, then axis, start, number and step of each sliced axis. */
export const sliceCases: readonly Case<"slice">[] = (
  [
    [
      [1, 8, 5, 5],
      [1, 4, 4, 1],
    ],
    [
      [1, 10, 5, 5],
      [1, 3, 6, 1],
    ],
    [
      [1, 12, 3, 4],
      [1, 0, 6, 2],
    ],
    [
      [1, 12, 3, 4],
      [1, 11, 12, -1],
    ],
    [
      [1, 7, 4, 3],
      [1, 5, 3, -2],
    ],
    [
      [2, 5, 8, 9],
      [2, 1, 4, 2],
      [3, 8, 5, -2],
    ],
    [
      [2, 5, 8, 9],
      [0, 1, 1, 1],
      [1, 2, 1, 1],
      [2, 0, 8, 1],
      [3, 4, 5, 1],
    ],
    [
      [1, 3, 6, 6],
      [2, 1, 3, 2],
      [3, 0, 3, 2],
    ],
    [
      [3, 10],
      [1, 2, 5, 1],
    ],
    [[9], [0, 8, 9, -1]],
    [
      [2, 3, 4, 5, 6],
      [1, 1, 2, 1],
      [4, 5, 3, -2],
    ],
  ] as const
).map(([shape, ...rows]: readonly [Shape, ...(readonly number[])[]]) => {
  const column = (i: number) => rows.map((row) => row[i]);
  return makeCase(
    "slice",
    [{ shape }],
    { axes: column(0), starts: column(1), sizes: column(2), steps: column(3) },
    rows.map(([axis, start, size, step]) => `[${axis}]=${start}+${size}*${step}`).join(" "),
  );
});

export const padCases: readonly Case<"pad">[] = (
  [
    [
      [1, 3, 5, 6],
      [0, 0, 1, 2],
      [0, 0, 3, 0],
    ],
    [
      [2, 5, 4, 4],
      [0, 0, 1, 1],
      [0, 0, 1, 1],
    ],
    [
      [1, 6, 3, 3],
      [0, 2, 0, 0],
      [0, 3, 0, 0],
    ],
    [
      [2, 3, 4, 5],
      [1, 2, 3, 1],
      [1, 1, 2, 4],
    ],
    [
      [4, 7],
      [1, 0],
      [0, 3],
    ],
  ] as const
).flatMap(([shape, before, after]: readonly [Shape, readonly number[], readonly number[]]) =>
  (["constant", "reflect", "edge"] as const)
    .filter((mode) => mode !== "reflect" || shape.every((n, i) => before[i] < n && after[i] < n))
    .map((mode) => {
      const value = mode === "constant" ? -1.5 : 0;
      const text = `${mode} before=${before.join(",")} after=${after.join(",")}`;
      return makeCase("pad", [{ shape }], { before, after, mode, value }, text);
    }),
);

export const reshapeCases: readonly Case<"reshape">[] = (
  [
    [
      [1, 5, 3, 4],
      [1, 60],
    ],
    [
      [2, 8, 1, 1],
      [2, 8],
    ],
    [
      [2, 8],
      [2, 8, 1, 1],
    ],
    [
      [1, 12, 4, 3],
      [1, 3, 4, 4, 3],
    ],
    [
      [1, 3, 4, 4, 3],
      [1, 12, 4, 3],
    ],
    [
      [1, 6, 4, 5],
      [1, 6, 20],
    ],
    [
      [1, 6, 4, 5],
      [1, 3, 8, 5],
    ],
    [
      [2, 3, 4, 5],
      [6, 4, 5],
    ],
    [[2, 3, 4, 5], [120]],
    [
      [3, 4],
      [1, 2, 6, 1],
    ],
    [[1, 1], []],
  ] as const
).map(([from, to]: readonly [Shape, Shape]) =>
  makeCase("reshape", [{ shape: from }], { shape: to }, `to=${to.join("x") || "scalar"}`),
);

export const transposeCases: readonly Case<"transpose">[] = (
  [
    [
      [3, 5],
      [1, 0],
    ],
    [
      [2, 3, 5],
      [0, 2, 1],
    ],
    [
      [2, 3, 5],
      [2, 0, 1],
    ],
    [
      [1, 5, 3, 4],
      [0, 2, 3, 1],
    ],
    [
      [1, 3, 4, 5],
      [0, 3, 1, 2],
    ],
    [
      [2, 5, 3, 4],
      [3, 2, 1, 0],
    ],
    [
      [2, 5, 3, 4],
      [0, 1, 3, 2],
    ],
    [
      [2, 5, 3, 4],
      [1, 0, 2, 3],
    ],
    [
      [1, 3, 4, 2, 3],
      [0, 2, 1, 3, 4],
    ],
    [
      [2, 3, 2, 4, 3],
      [4, 2, 0, 3, 1],
    ],
    [
      [1, 2, 3, 2, 4, 2],
      [0, 3, 5, 1, 2, 4],
    ],
    [
      [1, 2, 2, 3, 3, 2],
      [0, 1, 4, 2, 5, 3],
    ],
  ] as const
).map(([shape, perm]: readonly [Shape, readonly number[]]) =>
  makeCase("transpose", [{ shape }], { perm }, `perm=${perm.join(",")}`),
);

export const expandCases: readonly Case<"expand">[] = (
  [
    [
      [1, 5, 1, 1],
      [2, 5, 3, 4],
    ],
    [[], [2, 3]],
    [[4], [2, 5, 3, 4]],
    [
      [1, 1, 3, 4],
      [1, 5, 3, 4],
    ],
    [
      [2, 5, 3, 4],
      [2, 5, 3, 4],
    ],
    [
      [3, 1],
      [3, 7],
    ],
  ] as const
).map(([from, to]: readonly [Shape, Shape]) =>
  makeCase("expand", [{ shape: from }], { shape: to }, `to=${to.join("x")}`),
);

/** x, axis, shape of the indices. */
export const gatherCases: readonly Case<"gather">[] = (
  [
    [[1, 7, 3, 4], 1, [5]],
    [[2, 5, 3, 4], 0, [3]],
    [[2, 5, 6, 4], 2, [2, 2]],
    [[2, 5, 3, 4], 3, []],
    [[10, 6], 0, [2, 3]],
    [[3, 8], -1, [4]],
    [[9], 0, [4]],
  ] as const
).flatMap(([shape, axis, indexShape]: readonly [Shape, number, Shape]) => {
  const size = shape.at(axis) ?? 0;
  const indices: CaseInput = { shape: indexShape, dtype: "int32", range: [-size, size] };
  return [true, false].map((constant) =>
    makeCase("gather", [{ shape }, { ...indices, constant }], { axis }, `axis=${axis}`),
  );
});

export const topKCases: readonly Case<"topK">[] = (
  [
    [[1, 10], { k: 3, axis: 1, largest: true }],
    [[3, 17], { k: 17, axis: -1, largest: false }],
    [[2, 5, 4, 3], { k: 2, axis: 1, largest: true }],
    [[2, 5, 4, 3], { k: 4, axis: 2, largest: false }],
    [[100], { k: 1, axis: 0, largest: true }],
    [[1, 1000], { k: 5, axis: 1, largest: true }],
  ] as const
).flatMap(([shape, attributes]: readonly [Shape, OperatorAttributes["topK"]]) => {
  const { k, axis, largest } = attributes;
  const text = `k=${k} axis=${axis} ${largest ? "largest" : "smallest"}`;
  return [
    makeCase("topK", [{ shape }], attributes, text),
    makeCase("topK", [{ shape, range: [-2, 2], step: 0.5 }], attributes, `${text} ties`),
  ];
});
