/** Every fusion can be timed: there is a network whose plan its switch changes. */
import { describe, expect, test } from "vitest";
import { GRAPHS } from "../../bench/fusion/graphs.ts";
import { FITTING, fittingRuns, SWITCHES, type SwitchName } from "../../bench/fusion/switches.ts";
import { ALL_FUSIONS } from "../../src/compiler/options.ts";
import { explainGraph, network, withWeights } from "../../src/index.ts";
import { testDevice } from "../gpu/run-kernel.ts";

test("the switches are those of the compiler, with its defaults", () => {
  expect(SWITCHES).toEqual(ALL_FUSIONS);
});

test("each switch is timed once", () => {
  const timed = fittingRuns().flatMap(({ switches }) => switches);
  expect(timed.sort()).toEqual(Object.keys(SWITCHES).sort());
});

/** Heavy networks, and many nodes, make plans slow. */
const SLOW = ["alexnet", "densenet121"];
const fitting = Object.entries(FITTING) as [SwitchName, string][];

describe.each(fitting.filter(([, id]) => !SLOW.includes(id)))("the switch %s", (name, id) => {
  test(`changes the plan of ${id}`, { tags: ["slow"] }, async () => {
    const graph = await withWeights(GRAPHS[id]?.() ?? network(id), "synthetic");
    const device = await testDevice();
    const planOf = async (fuse: Partial<Record<SwitchName, boolean>>): Promise<string> => {
      const { dispatches, memory } = await explainGraph(graph, device, { fuse });
      const kernels = dispatches.map(({ kernel, fused }) => [kernel, fused]);
      return JSON.stringify([kernels, memory.arenaBytes]);
    };
    expect(await planOf({ [name]: !SWITCHES[name] })).not.toBe(await planOf({}));
  });
});
