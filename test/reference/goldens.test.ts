/** Operators against PyTorch's outputs for the same formula-made inputs. */
import { describe, expect, it } from "vitest";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { compareWithGolden } from "../goldens.ts";
import { FIXTURE_TOLERANCE, OPERATOR_FIXTURES } from "../operator-fixtures.ts";

describe("the reference", () => {
  it.each(OPERATOR_FIXTURES)("computes %s as PyTorch does", (_, fixture) => {
    const { graph, feeds, golden } = fixture();
    const { maxError, maxAbs } = compareWithGolden(evaluateGraph(graph, feeds).y0, golden);
    expect(maxError).toBeLessThan(FIXTURE_TOLERANCE * maxAbs);
  });
});
