/** Every variant that may be chosen for a layer gives what the reference gives. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { variantText, withChoices } from "../../src/compiler/variants.ts";
import type { Choices, SeenSite, Watch } from "../../src/compiler/variants.ts";
import type { Plan } from "../../src/compiler/plan.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { InputSource } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { buildCase, caseFeeds, CASES } from "../cases.ts";
import type { Case } from "../cases.ts";
import { LOWER_TABLE } from "../compiler/graphs.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

/** One of each kind of layer, of sizes that tiles do not divide. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "conv/pointwise": ["conv2d x=1x17x3x5 out=13 k=1x1", "conv2d x=1x32x14x14 out=64 k=1x1"],
  "conv/direct": ["conv2d x=1x17x9x9 out=17 k=3x3", "conv2d x=1x16x6x6 out=32 k=3x3"],
  "conv/depthwise": ["conv2d x=1x17x8x9 out=17 k=3x3", "conv2d x=1x7x9x9 out=7 k=3x3"],
  "conv/grouped": ["conv2d x=2x10x5x7 out=14 k=3x3"],
  "conv/transposed": ["convTranspose2d x=2x17x3x4 out=13", "convTranspose2d x=1x32x4x4 out=40"],
  "linear/linear": ["conv2d x=2x10x1x1 out=6 k=1x1", "conv2d x=2x6x3x4 out=7 k=3x4"],
};

/** What the device takes itself for, and how many cases of each kind of layer: GPUs have more variants. */
const DEVICES: readonly (readonly [string, Partial<DeviceTraits>, number])[] = [
  ["a processor", {}, 2],
  ["a GPU", { software: false }, 1],
];

function caseOf(start: string): Case {
  const all: readonly Case[] = [...CASES.conv2d, ...CASES.convTranspose2d];
  const found = all.find(({ name }) => name.startsWith(start));
  if (!found) throw new Error(`no case begins with "${start}"`);
  return found;
}

function planWith(graph: Graph, device: DeviceTraits, choices: Choices, watch?: Watch): Plan {
  return compile(graph, device, {}, withChoices(LOWER_TABLE, choices, watch));
}

describe.each(DEVICES)("on %s", (_, changed, count) => {
  const rows = Object.entries(NAMES).flatMap(([kernel, starts]) =>
    starts.slice(0, count).map((start) => [kernel, caseOf(start)] as const),
  );
  test.each(rows.map(([kernel, case_]) => [case_.name, kernel, case_] as const))(
    "all variants equal the reference: %s",
    { timeout: 300_000, tags: ["slow"] },
    async (_, kernel, case_) => {
      const device = await testDevice();
      const traits = { ...device.traits, ...changed };
      const graph = buildCase(case_);
      const feeds = caseFeeds(case_);
      const sources = new Map<string, InputSource>(
        Object.entries(feeds).map(([name, { data }]) => [name, { kind: "host", data }]),
      );
      const expected = evaluateGraph(graph, feeds);
      const seen: SeenSite[] = [];
      const plain = planWith(graph, traits, {}, (site) => seen.push(site));
      expect(plain.dispatches.length).toBeGreaterThan(0);
      expect(seen).toHaveLength(1);
      const [{ key, variants }] = seen;
      expect(variants.some((variant) => kernel.includes(variant.kernel.split("-")[0]))).toBe(true);
      const errors: Record<string, string> = {};
      for (const variant of variants) {
        const plan = planWith(graph, traits, { [key]: variant }, ({ chosen }) => {
          expect(variantText(chosen)).toBe(variantText(variant));
        });
        const scheduler = await Scheduler.create(device, plan);
        const outputs = await scheduler.run(sources);
        scheduler.dispose();
        try {
          expectNear(outputs, expected, 1e-4);
        } catch (error) {
          errors[variantText(variant)] = (error as Error).message;
        }
      }
      expect(errors).toEqual({});
    },
  );
});
