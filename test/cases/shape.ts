/** Changes of shape and picks by index: ranks 0 to 6, ties, indices from the end. */
import type { OperatorAttributes } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case, CaseInput } from "./case.ts";

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
