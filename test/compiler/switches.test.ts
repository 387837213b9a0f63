/** Networks of all families compile with each fusion switched the other way, and for each goal. */
// @module-tag slow
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import { ALL_FUSIONS } from "../../src/compiler/options.ts";
import type { CompileOptions, FusionSwitches } from "../../src/compiler/options.ts";
import { LOWER_TABLE, TRAITS, withZeros } from "./graphs.ts";

const NETWORKS = [
  "mobilenet_v1",
  "mobilenet_v2",
  "mobilenet_v3_small",
  "efficientnet_b0",
  "shufflenet_v2_x1_0",
  "shufflenetv2_1.0x_megvii",
  "shufflenetv1_1.0x_g3_megvii",
  "squeezenet1_1",
  "ghostnet_100",
  "densenet121",
  "googlenet",
  "resnet18",
  "res2net50_26w_4s",
  "cspdarknet53",
  "hbonet_1.0",
  "sknet50",
  "resnest50d",
];

const SWITCHES = Object.entries(ALL_FUSIONS) as [keyof FusionSwitches, boolean][];

const OPTIONS: readonly CompileOptions[] = [
  { goal: "dispatches" },
  { fuse: { depthwisePointwise: true, invertedResidual: true } },
  ...SWITCHES.map(([name, isOn]) => ({ fuse: { [name]: !isOn } })),
];

describe.each([
  ["a processor", TRAITS],
  ["a GPU", { ...TRAITS, software: false }],
])("for %s", (_, traits) => {
  test.each(NETWORKS)("%s compiles whatever is switched", { timeout: 120_000 }, (id) => {
    const graph = withZeros(network(id));
    const { macs } = compile(graph, traits, {}, LOWER_TABLE);
    for (const options of OPTIONS) {
      const plan = compile(graph, traits, options, LOWER_TABLE);
      expect(plan.dispatches.length, JSON.stringify(options)).toBeGreaterThan(0);
      if (options.goal) expect(plan.macs).toBe(macs);
    }
  });
});
