/** Numbers and tables as people read them. */
import { describe, expect, test } from "vitest";
import {
  formatBytes,
  formatCount,
  formatMs,
  formatNumber,
  median,
  plural,
  table,
} from "../../cli/text.ts";

describe("text", () => {
  test("aligns columns to the left, or to the right", () => {
    const rows = [
      ["a", "1", "x"],
      ["long", "100", ""],
    ];
    expect(table(rows, [1])).toBe("a       1  x\nlong  100");
  });

  test.each([
    [0, "0"],
    [9999, "9999"],
    [10_000, "10.0 K"],
    [3_504_872, "3.50 M"],
    [999_999_999, "1000 M"],
    [1_500_000_000, "1.50 G"],
  ])("counts %d as %s", (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  test.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1.00 KiB"],
    [1_047_500, "1023 KiB"],
    [14_000_000, "13.4 MiB"],
  ])("shows %d bytes as %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0.1234, "0.123 ms"],
    [45.67, "45.7 ms"],
    [1234.5, "1235 ms"],
  ])("shows %d milliseconds as %s", (ms, text) => {
    expect(formatMs(ms)).toBe(text);
  });

  test("keeps four digits of a number, and says what is none", () => {
    expect([0.123456, 1234.56, -2, 0.1, NaN].map(formatNumber)).toEqual([
      "0.1235",
      "1235",
      "-2",
      "0.1",
      "NaN",
    ]);
  });

  test("finds the middle of odd and even counts", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
  });

  test("makes plurals", () => {
    expect([plural(1, "run"), plural(2, "dispatch"), plural(0, "submit")]).toEqual([
      "1 run",
      "2 dispatches",
      "0 submits",
    ]);
  });
});
