/**
 * How many dispatches networks take, of which none moves data: at most those of their blocks' floors,
 * which are counted from the convolutions and pools that nothing can spare.
 */
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import type { FusionSwitches, Goal } from "../../src/compiler/options.ts";
import { copiesOf, LOWER_TABLE, planOf, TRAITS, withZeros } from "./graphs.ts";

const SEPARABLE = { depthwisePointwise: true };
const EXPANDED = { pointwiseDepthwise: true };

test.each<[id: string, most: number, fuse?: Partial<FusionSwitches>]>([
  ["mobilenet_v2", 54],
  ["mobilenet_v2", 38, SEPARABLE],
  ["mobilenet_v3_small", 46],
  ["shufflenet_v2_x1_0", 59],
  ["shufflenetv2_1.0x_megvii", 59],
  ["squeezenet1_1", 22],
  ["efficientnet_b0", 67],
  ["densenet121", 125],
  // 32 ghost modules of 2, 4 strided convolutions, 7 gates, 5 shortcuts of 2; stem, head, pool, 2 layers.
  ["ghostnet_100", 32 * 2 + 4 + 7 + 5 * 2 + 5],
  // Modules of 1.
  ["ghostnet_100", 32 * 1 + 4 + 7 + 5 * 2 + 5, EXPANDED],
  // 12 blocks of 7 groups and two 1x1, 4 plain ones of 4; stem, 2 pools, 1 layer.
  ["hs_resnet50_bobo_s8", 12 * 9 + 4 * 4 + 4],
  // 12 blocks of 3 groups and two 1x1; 4 with a pool and a shortcut too; stem, 2 pools, 1 layer.
  ["res2net50_26w_4s", 12 * 5 + 4 * 7 + 4],
  // 23 blocks of 2, 5 stages of 4; stem, pool, 1 layer.
  ["cspdarknet53", 23 * 2 + 5 * 4 + 3],
  // 13 harmonious blocks of 5, 3 inverted residuals of 3 and one of 2; stem, 2 1x1, pool, 1 layer.
  ["hbonet_1.0", 13 * 5 + 3 * 3 + 2 + 5],
  // Blocks of 4; 3 inverted residuals of 2, and the one without an expansion.
  ["hbonet_1.0", 13 * 4 + 3 * 2 + 2 + 5, EXPANDED],
  ["mobilenet_v2", 38, EXPANDED],
  // 16 units of 3, 3 of them with a pool; stem, 2 pools, 1 layer.
  ["shufflenetv1_1.0x_g3_megvii", 16 * 3 + 3 + 4],
  ["shufflenetv1_1.0x_g3_jaxony", 16 * 3 + 3 + 5],
  // 16 blocks of 3; 4 of them with a sum, of 3 on a pool that halves the shortcut, and an activation; stem, 2 pools, 1 layer.
  ["darknet_resnet50", 16 * 3 + 4 * 2 + 4],
  ["darknet_resnext50", 16 * 3 + 4 * 2 + 4],
  // 16 blocks of 4 and two for their gates, 4 shortcuts; stem, 2 pools, 1 layer.
  ["sknet50", 16 * 6 + 4 + 4],
  // 16 blocks of 3 and two for their gates; 3 pools in them, 3 before shortcuts, 4 shortcuts; 3 + 2 pools, 1 layer.
  ["resnest50d", 16 * 5 + 3 + 3 + 4 + 6],
])("%s takes at most %i dispatches, none of them a copy", { tags: ["slow"] }, (id, most, fuse) => {
  const plan = planOf(withZeros(network(id)), fuse);
  const always = plan.dispatches.filter(({ when }) => when === "always");
  expect(copiesOf(plan)).toEqual([]);
  expect(always.length).toBeLessThanOrEqual(most);
});

test.each<[goal: Goal, copies: number]>([
  // 15 shuffles, but none in the first unit: of 96, 192 and 384 channels in 8 groups.
  ["time", 15],
  ["dispatches", 0],
])("shufflenetv1_1.0x_g8_megvii for %s takes %i copies", { tags: ["slow"] }, (goal, copies) => {
  const graph = withZeros(network("shufflenetv1_1.0x_g8_megvii"));
  const plan = compile(graph, TRAITS, { goal }, LOWER_TABLE);
  const always = plan.dispatches.filter(({ when }) => when === "always");
  expect(copiesOf(plan)).toHaveLength(copies);
  // For few dispatches one kernel has the first 1x1 convolution, which has no groups, and what reads it.
  const pairs = goal === "dispatches" ? 1 : 0;
  expect(always).toHaveLength(16 * 3 + 3 * 5 + 4 + copies - pairs);
  const cheaper = plan.paddings.filter(({ pad, copy }) => copy < pad);
  expect(cheaper).toHaveLength(copies);
  expect(plan.paddings.every(({ choice, pad, copy }) => (choice === "copy") === copy < pad)).toBe(
    true,
  );
});
