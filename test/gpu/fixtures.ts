/** Operators on the GPU, against PyTorch's outputs for the same formula-made inputs. */
import { describe, expect, test } from "vitest";
import { load } from "../../src/model.ts";
import { compareWithGolden } from "../goldens.ts";
import { FIXTURE_TOLERANCE, OPERATOR_FIXTURES } from "../operator-fixtures.ts";
import { testDevice } from "./run-kernel.ts";

export function defineFixtureTests(): void {
  describe("the GPU", () => {
    test.each(OPERATOR_FIXTURES)(
      "computes %s as PyTorch does",
      async (_, fixture) => {
        const { graph, feeds, golden } = fixture();
        const model = await load(graph, { device: await testDevice() });
        try {
          const { maxError, maxAbs } = compareWithGolden((await model.run(feeds)).y0, golden);
          expect(maxError).toBeLessThan(FIXTURE_TOLERANCE * maxAbs);
        } finally {
          model.dispose();
        }
      },
      120_000,
    );
  });
}
