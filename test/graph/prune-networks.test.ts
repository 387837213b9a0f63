/**
 * Published networks, pruned, against the same networks with zeros in the place of what was pruned.
 * @module-tag slow
 */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { mask, prune } from "../../src/graph/prune.ts";
import type { PruneOptions } from "../../src/graph/prune/choose.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { differenceOf } from "./differences.ts";

/** Parts of the parameters and MACs that are left at most: by name, inputs as small as they run. */
const CASES: [id: string, inputSize: number, options: PruneOptions, left: number][] = [
  ["squeezenet1_1", 64, { keep: 0.5 }, 0.4],
  ["mobilenet_v2", 64, { keep: 0.5, criterion: "gamma", divisor: 8 }, 0.6],
  ["mobilenet_v3_small", 64, { keep: 0.6 }, 0.6],
  ["resnet18", 64, { keep: 0.5, divisor: 8 }, 0.3],
  ["ghostnet_100", 64, { keep: 0.5 }, 0.5],
  ["densenet121", 64, { keep: 0.5, criterion: "gamma" }, 0.5],
  ["shufflenet_v2_x1_0", 64, { keep: 0.5 }, 0.4],
  ["resnext50_32x4d", 64, { keep: 0.5, divisor: 8 }, 0.3],
  ["shufflenetv1_1.0x_g1_jaxony", 64, { keep: 0.5 }, 0.36],
  ["shufflenetv1_1.0x_g2_jaxony", 64, { keep: 0.5 }, 0.38],
  ["shufflenetv1_1.0x_g3_jaxony", 64, { keep: 0.5 }, 0.4],
  ["shufflenetv1_1.0x_g4_jaxony", 64, { keep: 0.5, criterion: "gamma" }, 0.41],
  ["shufflenetv1_1.0x_g8_jaxony", 64, { keep: 0.5 }, 0.5],
  ["shufflenetv1_1.0x_g3_megvii", 64, { keep: 0.5, criterion: "gamma" }, 0.4],
  ["shufflenetv1_0.5x_g8_megvii", 64, { keep: 0.5 }, 0.5],
];

describe.each(CASES)("%s", (id, inputSize, options, left) => {
  it("computes pruned what it computes masked", { timeout: 120_000 }, () => {
    const graph = network(id, { inputSize });
    const bound = bindWeights(graph, syntheticWeights(graph), "formula");
    const pruned = prune(bound, options);
    expect(countParameters(pruned.graph)).toBeLessThan(left * countParameters(bound));
    expect(countMacs(pruned.graph)).toBeLessThan(left * countMacs(bound));
    const input = syntheticInput(graph.inputs[0].shape);
    const difference = differenceOf(pruned.graph, mask(bound, pruned.keeps), { input });
    expect(difference).toBeLessThan(1e-5);
  });
});
