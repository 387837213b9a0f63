/** Times a network with each of some fusions switched, interleaved; in Node on Dawn. */
import {
  createModel,
  type Device,
  type Model,
  network,
  openDevice,
  syntheticInput,
  type Tensor,
} from "../../src/index.ts";
import { median } from "../statistics.ts";
import { GRAPHS } from "./graphs.ts";
import { type SwitchName, SWITCHES } from "./switches.ts";

export interface FusionRow {
  /** The switch that is not as by default; "-" of the row that all are compared with. */
  readonly without: string;
  readonly dispatches: number;
  readonly arenaBytes: number;
  readonly ms: number;
  readonly cpuMs: number;
  /** Of milliseconds and of CPU time to the run with the defaults, medians within rounds. */
  readonly ratio: number;
  readonly cpuRatio: number;
  /** Greatest difference to the output with the defaults, as part of its greatest value. */
  readonly difference: number;
}

export interface FusionTimes {
  readonly network: string;
  readonly rows: readonly FusionRow[];
  readonly failures: readonly { readonly without: string; readonly why: string }[];
}

interface Variant {
  readonly without: string;
  readonly model: Model;
  readonly output: Tensor;
  readonly ms: number[];
  readonly cpuMs: number[];
}

/** @throws Error when the network does not run with the defaults */
export async function timeSwitches(
  id: string,
  switches: readonly SwitchName[],
  rounds: number,
): Promise<FusionTimes> {
  const device = await openDevice();
  const variants: Variant[] = [await variantOf(id, "-", device)];
  const failures: { without: string; why: string }[] = [];
  for (const without of switches) {
    try {
      variants.push(await variantOf(id, without, device));
    } catch (error) {
      failures.push({ without, why: (error as Error).message });
    }
  }
  for (let round = 0; round < rounds; round++) {
    for (const i of variants.keys()) await time(variants[(i + round) % variants.length]);
  }
  const [base] = variants;
  const rows = variants.map((variant) => rowOf(variant, base));
  for (const { model } of variants) model.dispose();
  device.destroy();
  return { network: id, rows, failures };
}

async function variantOf(id: string, without: SwitchName | "-", device: Device): Promise<Variant> {
  const fuse = without === "-" ? {} : { [without]: !SWITCHES[without] };
  const graph = GRAPHS[id]?.() ?? network(id);
  const model = await createModel(graph, "synthetic", { device, fuse });
  const [output] = Object.values(await model.run(inputOf(model)));
  return { without, model, output, ms: [], cpuMs: [] };
}

function inputOf(model: Model): Float32Array {
  return syntheticInput(model.inputs[0].shape).data as Float32Array;
}

/** One run after another that warms caches; SwiftShader computes in this process, so its CPU time is that of the run. */
async function time({ model, ms, cpuMs }: Variant): Promise<void> {
  const input = inputOf(model);
  await model.run(input);
  const start = performance.now();
  const before = process.cpuUsage();
  await model.run(input);
  const { user, system } = process.cpuUsage(before);
  ms.push(performance.now() - start);
  cpuMs.push((user + system) / 1000);
}

function rowOf({ without, model, output, ms, cpuMs }: Variant, base: Variant): FusionRow {
  const [x, y] = [[...output.data], [...base.output.data]];
  const gap = x.reduce((most, value, i) => Math.max(most, Math.abs(value - y[i])), 0);
  const greatest = y.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const { dispatches, arenaBytes } = model.statistics;
  return {
    without,
    dispatches,
    arenaBytes,
    ms: median(ms)!,
    cpuMs: median(cpuMs)!,
    ratio: median(ms.map((value, round) => value / base.ms[round]))!,
    cpuRatio: median(cpuMs.map((value, round) => value / base.cpuMs[round]))!,
    difference: gap / greatest,
  };
}
