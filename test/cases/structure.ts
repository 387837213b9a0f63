/** Joins, cuts and pads: borders inside of channel quads, several axes, steps of both signs. */
import type { Shape } from "../../src/graph/tensor.ts";
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

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
