/** Networks with formula weights on the GPU, against the logits of the reference implementations. */
import { expect, test } from "vitest";
import { createModel } from "../../src/model.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { NETWORK_GOLDENS, compareWithGolden } from "../goldens.ts";
import { testDevice } from "./run-kernel.ts";

export function defineNetworkTests(ids: readonly string[]): void {
  test.each(ids)(
    "%s computes the logits of the reference implementation",
    async (id) => {
      const { input, golden } = NETWORK_GOLDENS[id];
      const model = await createModel(id, "synthetic", { device: await testDevice() });
      const { logits } = await model.run(syntheticInput(input));
      model.dispose();
      const { maxError, maxAbs } = compareWithGolden(logits, golden!);
      expect(maxError).toBeLessThan(1e-4 * maxAbs);
    },
    180_000,
  );
}
