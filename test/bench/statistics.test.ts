/** The arithmetic of the benchmarks: medians, means of ratios, slopes. */
import { describe, expect, test } from "vitest";
import { geometricMean, median, slope } from "../../bench/statistics.ts";

describe("median", () => {
  test("is the middle of an odd number of values, whatever their order", () => {
    expect(median([9, 1, 5])).toBe(5);
  });
  test("is between the middle two of an even number", () => {
    expect(median([4, 1, 3, 10])).toBe(3.5);
  });
  test("of nothing is undefined", () => {
    expect(median([])).toBeUndefined();
  });
});

describe("geometricMean", () => {
  test("of a ratio and its inverse is 1", () => {
    expect(geometricMean([4, 0.25])).toBeCloseTo(1, 12);
  });
  test("is the n-th root of the product", () => {
    expect(geometricMean([2, 4, 8])).toBeCloseTo(4, 12);
  });
  test("of nothing is undefined, and NaN where a value is not above 0", () => {
    expect(geometricMean([])).toBeUndefined();
    expect(geometricMean([2, 0])).toBeNaN();
  });
});

describe("slope", () => {
  test("is what one more unit costs, without what starting costs", () => {
    expect(slope([2, 8].map((n) => [n, 100 + 3 * n]))).toBeCloseTo(3, 12);
  });
  test("is that of the least squares where points lie off the line", () => {
    expect(slope([[0, 0], [1, 2], [2, 1]])).toBeCloseTo(0.5, 12); // prettier-ignore
  });
  test("of one point is NaN", () => {
    expect(slope([[1, 1]])).toBeNaN();
  });
});
