/** Runs a network or a block with formula weights and input on the GPU. */
import type { Device } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { createModel } from "../../src/model.ts";
import { relativeError } from "../goldens.ts";
import type { Fixture } from "../goldens.ts";

/**
 * How far the outputs are from the golden, relative to its greatest magnitude.
 * @param model the id of a network, or the graph of a block
 * @throws Error when the fixture has no golden
 */
export async function runGolden(
  model: string | Graph,
  { input, golden }: Fixture,
  device: Device,
): Promise<number> {
  if (!golden) throw new Error("golden: the fixture has none");
  const loaded = await createModel(model, "synthetic", { device });
  try {
    return relativeError(await loaded.run(syntheticInput(input)), golden);
  } finally {
    loaded.dispose();
  }
}
