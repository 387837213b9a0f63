/** Detection heads on the reference: fixtures, and formulas written out by hand. */
import { describe, expect, test } from "vitest";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectHead, HEAD_FIXTURES, headGraph, headInput } from "./yolo-head.ts";

describe("the head of YOLO", () => {
  test.each(HEAD_FIXTURES.map((fixture) => [fixture.name, fixture] as const))(
    "finds the boxes of %s",
    (_, fixture) => {
      expectHead(fixture, evaluateGraph(headGraph(fixture), { map: headInput() }));
    },
  );
});

test("there are two fixtures of heads", () => {
  expect(HEAD_FIXTURES).toHaveLength(2);
});
