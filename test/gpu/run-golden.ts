/** Runs a network or a block with formula weights and input on the GPU. */
import type { CompileOptions } from "../../src/compiler/options.ts";
import type { Device } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { createModel } from "../../src/model.ts";
import type { Statistics } from "../../src/loaded-model.ts";
import { relativeError } from "../goldens.ts";
import type { Fixture } from "../goldens.ts";

export interface GoldenRun {
  /** How far the outputs are from the golden, relative to its greatest magnitude. */
  readonly error: number;
  readonly statistics: Statistics;
}

/**
 * Runs a model once, and compares the outputs with the golden.
 * @param model the id of a network, or the graph of a block
 * @throws Error when the fixture has no golden
 */
export async function measureGolden(
  model: string | Graph,
  { input, golden }: Fixture,
  device: Device,
  fuse: CompileOptions["fuse"] = {},
): Promise<GoldenRun> {
  if (!golden) throw new Error("golden: the fixture has none");
  const loaded = await createModel(model, "synthetic", { device, fuse });
  try {
    const error = relativeError(await loaded.run(syntheticInput(input)), golden);
    return { error, statistics: loaded.statistics };
  } finally {
    loaded.dispose();
  }
}

/** The error of `measureGolden`. */
export async function runGolden(
  model: string | Graph,
  fixture: Fixture,
  device: Device,
): Promise<number> {
  return (await measureGolden(model, fixture, device)).error;
}
