/** The blocks that have fixtures, built as the fixtures were. */
import { HARD_SWISH, RELU, SIGMOID } from "../../src/blocks/activations.ts";
import { fire } from "../../src/blocks/fire.ts";
import { invertedResidual } from "../../src/blocks/inverted-residual.ts";
import { mobileNetV3Bottleneck } from "../../src/blocks/mobilenet-v3-bottleneck.ts";
import { Scope } from "../../src/blocks/scope.ts";
import { squeezeExcite } from "../../src/blocks/squeeze-excite.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { BLOCK_GOLDENS } from "../goldens.ts";

export const BLOCKS: Record<string, (scope: Scope, x: Value) => Value> = {
  fire_64_16_64_64: (scope, x) => fire(scope, x, { squeeze: 16, expand: 64 }),
  mbv2_ir_32_32_s1_t6: (scope, x) =>
    invertedResidual(scope, x, { expand: 6, outChannels: 32, stride: 1 }),
  mbv2_ir_24_32_s2_t6: (scope, x) =>
    invertedResidual(scope, x, { expand: 6, outChannels: 32, stride: 2 }),
  mbv2_ir_32_16_s1_t1: (scope, x) =>
    invertedResidual(scope, x, { expand: 1, outChannels: 16, stride: 1 }),
  mbv3_bneck_40_120_40_k5_se_re: (scope, x) =>
    mobileNetV3Bottleneck(scope, x, {
      kernel: 5,
      expandedChannels: 120,
      outChannels: 40,
      squeezeExcite: true,
      activation: RELU,
      stride: 1,
    }),
  mbv3_bneck_112_672_160_k5_s2_se_hs: (scope, x) =>
    mobileNetV3Bottleneck(scope, x, {
      kernel: 5,
      expandedChannels: 672,
      outChannels: 160,
      squeezeExcite: true,
      activation: HARD_SWISH,
      stride: 2,
    }),
  se_module_256_r16: (scope, x) => squeezeExcite(scope, x, { squeezeChannels: 16, gate: SIGMOID }),
};

/** A graph of the one block, from x to y, with parameters that are not yet bound. */
export function buildBlock(id: string): Graph {
  const builder = new GraphBuilder(id);
  const epsilon = id.startsWith("mbv3") ? 1e-3 : 1e-5;
  const x = builder.input("x", BLOCK_GOLDENS[id].input);
  builder.output("y", BLOCKS[id](new Scope(builder, { epsilon }), x));
  return builder.graph;
}
