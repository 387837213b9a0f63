/** Products, batch norm, softmax and reductions over axes. */
import type { ReduceKind } from "../../src/graph/attributes.ts";
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

export const linearCases: readonly Case<"linear">[] = (
  [
    [1, 5, 3],
    [1, 1, 1],
    [3, 17, 10],
    [2, 64, 32],
    [7, 9, 4],
    [1, 256, 100],
    [1, 1023, 65],
  ] as const
).flatMap(([batch, channels, out]) => {
  const x = { shape: [batch, channels] };
  const weight = { shape: [out, channels], constant: true };
  const bias = { shape: [out], constant: true };
  return [
    makeCase("linear", [x, weight, bias], {}),
    makeCase("linear", [x, weight], {}),
    // Weights that are computed during the run.
    ...(channels > 99 ? [] : [makeCase("linear", [x, { shape: weight.shape }, bias], {})]),
  ];
});

export const matmulCases: readonly Case<"matmul">[] = (
  [
    [
      [3, 5],
      [5, 7],
    ],
    [
      [1, 1],
      [1, 1],
    ],
    [
      [2, 4, 8],
      [2, 8, 3],
    ],
    [
      [2, 3, 4, 5],
      [5, 6],
    ],
    [
      [2, 1, 4, 5],
      [3, 5, 2],
    ],
  ] as const
).flatMap(([a, b]) => [
  makeCase("matmul", [{ shape: a }, { shape: b }], {}),
  makeCase("matmul", [{ shape: a }, { shape: b, constant: true }], {}),
]);

export const batchNormCases: readonly Case<"batchNorm">[] = (
  [
    [[1, 3, 5, 7], true],
    [[2, 17, 4, 4], true],
    [[3, 6], true],
    [[1, 8, 1, 1], true],
    // Statistics that are computed during the run.
    [[2, 5, 3, 4], false],
    [[3, 7], false],
    [[1, 6, 5], false],
    [[1, 3, 2, 2, 3], false],
  ] as const
).map(([shape, constant]) => {
  const channels = { shape: [shape[1]], constant };
  const statistics = [
    { ...channels, range: [0.75, 1.25] as const },
    channels,
    channels,
    { ...channels, range: [1, 1.5] as const },
  ];
  return makeCase("batchNorm", [{ shape }, ...statistics], { epsilon: 1e-5 }, "epsilon=1e-5");
});

export const softmaxCases: readonly Case<"softmax">[] = (
  [
    [[1, 10], 1],
    [[3, 1000], -1],
    [[2, 5], 0],
    [[1, 7, 3, 5], 1],
    [[2, 6, 4, 3], 2],
    [[2, 3, 4, 17], 3],
    [[1, 21, 6, 5], 1],
    [[2, 5, 9], -2],
    [[4, 1], 1],
    [[9], 0],
  ] as const
).flatMap(([shape, axis]) => {
  // Beyond 88 the exponential overflows in float32 unless the maximum is taken off.
  const x = { shape, range: [-100, 100] as const };
  return [
    makeCase("softmax", [x], { axis }, `axis=${axis}`),
    makeCase("softmax", [x], { axis, log: true }, `axis=${axis} log`),
  ];
});

const REDUCE_AXES: readonly (readonly [Shape, readonly number[]])[] = [
  [
    [1, 5, 7, 6],
    [2, 3],
  ],
  [[2, 17, 3, 4], [1]],
  [[2, 3, 5, 4], [2]],
  [[1, 6, 5, 9], [-1]],
  [
    [2, 3, 4, 5],
    [0, 1, 2, 3],
  ],
  [[3, 10], [1]],
  [
    [2, 4, 3, 2, 3],
    [1, 3],
  ],
];

export const reduceCases: readonly Case<"reduce">[] = REDUCE_AXES.flatMap(([shape, axes]) =>
  (["mean", "sum", "max", "min", "prod"] as const).flatMap((kind: ReduceKind) =>
    [true, false].map((keepDims) =>
      makeCase(
        "reduce",
        [{ shape, ...(kind === "prod" && { range: [-1.5, 1.5] as const }) }],
        { kind, axes, keepDims },
        `${kind} axes=${axes.join(",")} keepDims=${keepDims}`,
      ),
    ),
  ),
);
