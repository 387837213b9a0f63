/** Networks with formula weights on the GPU, against the logits of the reference implementations. */
import { expect, test } from "vitest";
import { NETWORK_GOLDENS } from "../goldens.ts";
import { runGolden } from "./run-golden.ts";
import { testDevice } from "./run-kernel.ts";

export function defineNetworkTests(ids: readonly string[]): void {
  test.each(ids)(
    "%s computes the logits of the reference implementation",
    async (id) => {
      const error = await runGolden(id, NETWORK_GOLDENS[id], await testDevice());
      expect(error).toBeLessThan(1e-4);
    },
    180_000,
  );
}
