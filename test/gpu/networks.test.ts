/** A few networks and blocks with formula weights on the GPU, in Node. */
import { describe, expect, test } from "vitest";
import { buildBlock } from "../blocks/fixtures.ts";
import { BLOCK_GOLDENS } from "../goldens.ts";
import { defineNetworkTests } from "./networks.ts";
import { runGolden } from "./run-golden.ts";
import { testDevice } from "./run-kernel.ts";

// `npm run test:networks` runs all networks and blocks.
describe("whole networks", { tags: ["slow"] }, () => {
  defineNetworkTests(["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large"]);
});

/** One of each family of blocks, those first that a quick check runs too. */
const QUICK_BLOCKS = ["fire_64_16_64_64", "ghost_module_16_24", "shift_csc_16_16_e3"];
const BLOCKS = [
  "mbv2_ir_32_32_s1_t6",
  "mbv3_bneck_40_120_40_k5_se_re",
  "tf_mbconv6_24_40_k5_s2_SAME_even",
  "shufflev1_megvii_240_s1_g3",
  "shufflev2_tv_116_s1",
  "hbo2x_24_24_s1",
  "res2net_normal_256_64",
  "dense_layer_64_k32",
  "csp_stage_dark_64_128_s2",
  "sk_128_g32",
  "splat_48_r2_k2",
];

describe.each([
  { blocks: QUICK_BLOCKS, tags: [] },
  { blocks: BLOCKS, tags: ["slow"] },
])("block", ({ blocks, tags }) => {
  test.each(blocks)(
    "%s computes the output of the reference code",
    { timeout: 60_000, tags },
    async (id) => {
      const error = await runGolden(buildBlock(id), BLOCK_GOLDENS[id], await testDevice());
      expect(error).toBeLessThan(1e-4);
    },
  );
});
