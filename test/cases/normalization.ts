/** Normalisations by statistics of x itself: groups within quads and across them, long and short runs. */
import { makeCase } from "./case.ts";
import type { Case } from "./case.ts";

/** Far from 0, where a variance by squares alone would lose its digits. */
const FAR = [99, 101] as const;

export const layerNormCases: readonly Case<"layerNorm">[] = (
  [
    [[3, 17], 1],
    [[2, 5, 9], -1],
    [[2, 5, 9], 1],
    [[2, 3, 4, 5], 1],
    [[2, 3, 4, 5], 0],
    [[1, 1000], -1],
    [[7, 1], 1],
    [[9], 0],
    [[2, 1, 3, 2, 3, 4], 3],
  ] as const
).flatMap(([shape, axis]) =>
  [{ shape }, { shape, range: FAR }].map((x) =>
    makeCase(
      "layerNorm",
      [x],
      { axis, epsilon: 1e-5 },
      `axis=${axis}${"range" in x ? " far from 0" : ""}`,
    ),
  ),
);

export const groupNormCases: readonly Case<"groupNorm">[] = (
  [
    [[1, 4, 5, 7], 4],
    [[2, 17, 3, 4], 17],
    [[1, 5, 1, 1], 5],
    [[2, 6, 5, 3], 3],
    [[1, 16, 7, 5], 2],
    [[2, 8, 3, 3], 1],
    [[3, 32, 2, 1], 4],
    // Groups that begin within a quad.
    [[2, 9, 4, 3], 3],
    [[1, 10, 3, 5], 2],
    [[1, 6, 2, 2], 1],
    [[1, 8, 31, 33], 8],
  ] as const
).flatMap(([shape, groups]) =>
  [{ shape }, { shape, range: FAR }].map((x) =>
    makeCase(
      "groupNorm",
      [x],
      { groups, epsilon: 1e-5 },
      `groups=${groups}${"range" in x ? " far from 0" : ""}`,
    ),
  ),
);

export const localResponseNormCases: readonly Case<"localResponseNorm">[] = (
  [
    [[1, 9, 3, 3], 2, 2, 2e-5, 0.75, 1],
    [[2, 17, 5, 4], 2, 2, 0.5, 0.75, 2],
    [[1, 1, 2, 2], 0, 0, 1, 1, 0.5],
    [[1, 6, 3, 1], 1, 2, 0.25, 0.5, 1],
    [[1, 10, 2, 3], 7, 30, 0.1, 1.5, 1],
    [[1, 5, 4, 4], 0, 3, 0.3, 0.75, 1],
  ] as const
).map(([shape, before, after, alpha, beta, bias]) =>
  makeCase(
    "localResponseNorm",
    [{ shape, range: [-4, 4] }],
    { before, after, alpha, beta, bias },
    `before=${before} after=${after} alpha=${alpha} beta=${beta} bias=${bias}`,
  ),
);
