/** How many dispatches networks take with the kernels that compute several convolutions. */
import { expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import { loadLowerTable } from "../../src/compiler/lower/table.ts";
import type { CompilerInput, FusionSwitches } from "../../src/compiler/options.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { planOf, TRAITS, withZeros } from "./graphs.ts";

test.each<[string, Partial<FusionSwitches>, string, number, number]>([
  ["mobilenet_v1", { depthwisePointwise: true }, "conv/depthwise-pointwise", 13, 16],
  ["mobilenet_v2", { depthwisePointwise: true }, "conv/depthwise-pointwise", 17, 37],
  ["mobilenet_v2", { invertedResidual: true }, "conv/inverted-residual", 16, 22],
  ["mobilenet_v2", { pointwiseDepthwise: true }, "conv/pointwise-depthwise", 16, 38],
  ["ghostnet_100", { pointwiseDepthwise: true }, "conv/pointwise-depthwise", 32, 58],
  ["densenet121", {}, "conv/pooled", 3, 125],
])("%s with %j has %s %i times, of at most %i dispatches", (id, fuse, kernel, count, most) => {
  const graph = network(id);
  const plan = planOf(bindWeights(graph, syntheticWeights(graph), "formula"), fuse);
  const always = plan.dispatches.filter(({ when }) => when === "always");
  expect(always.filter((dispatch) => dispatch.kernel === kernel)).toHaveLength(count);
  expect(always.length).toBeLessThanOrEqual(most);
  expect(always.reduce((sum, { macs }) => sum + macs, 0)).toBe(plan.macs);
});

test.each<[CompilerInput, number]>([
  [{ goal: "time" }, 0],
  [{ goal: "dispatches" }, 16],
  [{ goal: "dispatches", fuse: { pointwiseDepthwise: false } }, 0],
])("with %j MobileNetV2 has %i pairs of convolutions in one kernel", async (options, count) => {
  const graph = withZeros(network("mobilenet_v2"));
  const table = await loadLowerTable(graph, options.fuse, [], options.goal);
  const { dispatches, decisions } = compile(graph, TRAITS, options, table);
  const pairs = dispatches.filter(({ kernel }) => kernel === "conv/pointwise-depthwise");
  expect(pairs).toHaveLength(count);
  const fused = decisions.filter(({ choice }) => choice === "fused");
  expect(fused).toHaveLength(count);
  expect(table.mergeGroups !== undefined).toBe(count > 0);
});
