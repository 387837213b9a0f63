/** Times whole runs of networks of different sizes, interleaved; runs in Node and in a page. */
import { createModel, type Model, openDevice, syntheticInput } from "../../src/index.ts";
import { type Clock, clockOf } from "../clock.ts";
import { median } from "../statistics.ts";

/** A network, and what it is scaled by. */
export interface ScaledNetwork {
  readonly network: string;
  readonly batch?: number;
  readonly inputSize?: number;
  readonly width?: number;
}

export interface RunTime {
  /** A run with its upload and readback, by the clock of the adapter. */
  readonly ms: number;
  /** On the wall. */
  readonly wallMs: number;
  readonly macs: number;
  readonly dispatches: number;
  readonly arenaBytes: number;
  readonly unit: string;
}

interface Timed {
  readonly model: Model;
  readonly ms: number[];
  readonly wallMs: number[];
}

/** Medians over rounds; a string says why a network does not run. */
export async function timeRuns(
  networks: readonly ScaledNetwork[],
  rounds: number,
): Promise<(RunTime | string)[]> {
  const device = await openDevice();
  const clock = clockOf(device.adapter.software);
  const all: (Timed | string)[] = [];
  for (const { network, ...options } of networks) {
    try {
      const model = await createModel(network, "synthetic", { ...options, device });
      await model.run(syntheticInput(model.inputs[0].shape));
      all.push({ model, ms: [], wallMs: [] });
    } catch (error) {
      all.push((error as Error).message);
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const i of all.keys()) {
      const timed = all[(i + round) % all.length];
      if (typeof timed !== "string") await timeRun(timed, clock);
    }
  }
  const results = all.map((timed): RunTime | string => {
    if (typeof timed === "string") return timed;
    const { macs, dispatches, arenaBytes } = timed.model.statistics;
    const [ms, wallMs] = [median(timed.ms)!, median(timed.wallMs)!];
    return { ms, wallMs, macs, dispatches, arenaBytes, unit: clock.unit };
  });
  for (const timed of all) if (typeof timed !== "string") timed.model.dispose();
  device.destroy();
  return results;
}

/** One run after another that warms caches. */
async function timeRun({ model, ms, wallMs }: Timed, clock: Clock): Promise<void> {
  const input = syntheticInput(model.inputs[0].shape);
  await model.run(input);
  const [start, wallStart] = [clock.now(), performance.now()];
  await model.run(input);
  wallMs.push(performance.now() - wallStart);
  ms.push(clock.now() - start);
}
