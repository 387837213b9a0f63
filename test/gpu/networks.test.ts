/** Networks and blocks with formula weights on the GPU, in Node. */
import { describe, expect, test } from "vitest";
import { createModel } from "../../src/model.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { buildBlock } from "../blocks/fixtures.ts";
import { BLOCK_GOLDENS, NETWORK_GOLDENS, compareWithGolden } from "../goldens.ts";
import { defineNetworkTests } from "./networks.ts";
import { testDevice } from "./run-kernel.ts";

const withGolden = (fixtures: typeof NETWORK_GOLDENS): string[] =>
  Object.keys(fixtures).filter((id) => fixtures[id].golden);

describe("whole networks", { tags: ["slow"] }, () => {
  defineNetworkTests(withGolden(NETWORK_GOLDENS));
});

test.each(withGolden(BLOCK_GOLDENS))(
  "%s computes the output of the reference code",
  async (id) => {
    const { input, golden } = BLOCK_GOLDENS[id];
    const model = await createModel(buildBlock(id), "synthetic", { device: await testDevice() });
    const { y } = await model.run(syntheticInput(input));
    model.dispose();
    const { maxError, maxAbs } = compareWithGolden(y, golden!);
    expect(maxError).toBeLessThan(1e-4 * maxAbs);
  },
  60_000,
);
