/** Runs one graph with several settings of the fusions, which may change no result. */
import { expect } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import type { FusionSwitches } from "../../src/compiler/options.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { dispatchesOf, LOWER_TABLE } from "../compiler/graphs.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

type Fuse = Partial<FusionSwitches>;

/**
 * Compares a graph of one input `x` with the reference and, to 1e-5 of the greatest magnitude, the
 * first setting with the others. `traits` are those that kernels are chosen for.
 * @returns the dispatches of the first setting, as `dispatchesOf`
 */
export async function expectSameResults(
  graph: Graph,
  [first, ...others]: readonly Fuse[],
  traits: Partial<DeviceTraits> = {},
): Promise<string[]> {
  const device = await testDevice();
  const x = syntheticInput(graph.inputs[0].shape);
  const planOf = (fuse: Fuse) =>
    compile(graph, { ...device.traits, ...traits }, { fuse }, LOWER_TABLE);
  const run = async (fuse: Fuse) => {
    const scheduler = await Scheduler.create(device, planOf(fuse));
    try {
      return await scheduler.run(new Map([["x", { kind: "host", data: x.data }]]));
    } finally {
      scheduler.dispose();
    }
  };
  const outputs = await run(first);
  expectNear(outputs, evaluateGraph(graph, { x }), 1e-5);
  for (const fuse of others) expectNear(outputs, await run(fuse), 1e-5);
  expect(planOf(first).macs).toBe(planOf(others[0] ?? {}).macs);
  return dispatchesOf(planOf(first));
}
