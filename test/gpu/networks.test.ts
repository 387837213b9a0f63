/** A few networks, and all blocks, with formula weights on the GPU, in Node. */
import { describe, expect, test } from "vitest";
import { buildBlock } from "../blocks/fixtures.ts";
import { BLOCK_GOLDENS } from "../goldens.ts";
import { defineNetworkTests } from "./networks.ts";
import { runGolden } from "./run-golden.ts";
import { testDevice } from "./run-kernel.ts";

// `npm run test:networks` runs all of them.
describe("whole networks", { tags: ["slow"] }, () => {
  defineNetworkTests(["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"]);
});

test.each(Object.keys(BLOCK_GOLDENS).filter((id) => BLOCK_GOLDENS[id].golden))(
  "%s computes the output of the reference code",
  async (id) => {
    const error = await runGolden(buildBlock(id), BLOCK_GOLDENS[id], await testDevice());
    expect(error).toBeLessThan(1e-4);
  },
  60_000,
);
