/** `npm run conformance` itself: what counts as passed, failed and unsupported. */
import { describe, expect, test } from "vitest";
import { tensor } from "../../src/graph/tensor.ts";
import { compareOutput } from "./compare.ts";
import { judge, report } from "./report.ts";
import type { Result } from "./report.ts";
import type { Outcome } from "./run.ts";

const PASSED: Outcome = { status: "passed", maxError: 0, constants: [], dispatches: 1 };
const UNSUPPORTED: Outcome = { status: "unsupported", reason: "sequences are not supported" };
const LISTED = [{ reason: "none has them", message: /sequences/, tests: ["node/listed"] }];

const result = (name: string, outcome: Outcome): Result => ({
  test: { name: `node/${name}`, operators: "Add", isFloat: name !== "listed" },
  outcome,
});
const judged = (name: string, outcome: Outcome) =>
  judge([result(name, outcome)], LISTED).results[0].outcome;

describe("a node test", () => {
  test("passes when it is not listed as unsupported", () => {
    expect(judged("add", PASSED)).toEqual(PASSED);
    expect(judged("listed", PASSED)).toEqual({
      status: "failed",
      reason: "it passes, but unsupported.ts lists it: remove it there",
    });
  });

  test("is unsupported when it is listed for that reason", () => {
    expect(judged("listed", UNSUPPORTED)).toEqual(UNSUPPORTED);
    expect(judged("add", UNSUPPORTED)).toEqual({
      status: "failed",
      reason: "it is unsupported and not listed in unsupported.ts: sequences are not supported",
    });
    expect(judged("listed", { ...UNSUPPORTED, reason: "a truncated file" })).toEqual({
      status: "failed",
      reason: "it is unsupported for another reason than /sequences/: a truncated file",
    });
  });

  test("fails when its numbers are wrong, listed or not", () => {
    const failed: Outcome = { status: "failed", reason: "output is 1, expected 2" };
    expect(judged("add", failed)).toEqual(failed);
    expect(judged("listed", failed)).toEqual(failed);
  });
});

describe("the comparison", () => {
  const floats = (...numbers: number[]) => tensor([numbers.length], Float32Array.from(numbers));
  const y = { name: "y", elementType: 1 };

  test("allows floats a thousandth, and bfloat16 its precision", () => {
    expect(compareOutput(y, floats(1.0005, NaN), floats(1, NaN))).toBeCloseTo(0.0005, 5);
    expect(() => compareOutput(y, floats(1, 1.002), floats(1, 1))).toThrow(
      'output "y"[1] is 1.0019999742507935, expected 1',
    );
    expect(() => compareOutput(y, floats(1, NaN), floats(1, 1))).toThrow('"y"[1] is NaN');
    expect(compareOutput({ ...y, elementType: 16 }, floats(1.002), floats(1))).toBeGreaterThan(0);
  });

  test("allows integers and shapes no difference", () => {
    const integers = (...numbers: number[]) => tensor([numbers.length], Int32Array.from(numbers));
    expect(compareOutput(y, integers(5, 1), integers(5, 1))).toBe(0);
    expect(() => compareOutput(y, integers(5), integers(6))).toThrow('"y"[0] is 5, expected 6');
    expect(() => compareOutput(y, floats(5.5), integers(5))).toThrow('"y"[0] is 5.5, expected 5');
    expect(() => compareOutput(y, integers(5), tensor([1, 1], Int32Array.of(5)))).toThrow(
      'output "y" has shape 1, expected 1x1',
    );
  });
});

test("the report ends with the totals, those in float32 before", () => {
  const results = [
    result("add", PASSED),
    result("listed", UNSUPPORTED),
    result("new", UNSUPPORTED),
  ];
  const { results: of, counts } = judge(results, LISTED);
  expect(report(of, counts).split("\n")).toEqual([
    "operator       passed       failed  unsupported    max error",
    "Add                 1            1            1       0.0e+0",
    "",
    "unsupported:",
    "  node/listed: sequences are not supported",
    "",
    "failed:",
    "  node/new: it is unsupported and not listed in unsupported.ts: sequences are not supported",
    "",
    "of the 2 tests in float32 (and int64 for shapes): 1 passed, 1 failed, 0 unsupported",
    "1 passed, 1 failed, 1 unsupported",
  ]);
});
