/** `npm run bench:fusion`: what each fusion saves, by leaving it out, or costs that is left out by default; in Node on Dawn, interleaved. */
import { useVulkan } from "../scripts/vulkan.js";
import { type FusionSwitches, type Model, openDevice } from "../src/index.ts";
import { createModel, syntheticInput, type Tensor } from "../src/index.ts";
import { parseOptions } from "./options.ts";
import { median } from "./statistics.ts";

/** What each is by default. A record, so that the compiler notices a switch that is missing here. */
const SWITCHES: Record<keyof FusionSwitches, boolean> = {
  batchNorm: true,
  padding: true,
  activationPattern: true,
  averagePool: true,
  flatten: true,
  focus: true,
  branches: true,
  squeezeExcite: true,
  splitAttention: true,
  depthwisePointwise: false,
  invertedResidual: false,
  activation: true,
  residual: true,
  load: true,
  sumOnLoad: true,
  upsampleOnLoad: true,
  shiftOnLoad: true,
  operand: true,
  fork: true,
  distribute: true,
  channels: true,
  view: true,
};

const NETWORK = "mobilenet_v3_small";
const ROUNDS = 5;
const KNOWN = { values: ["rounds", "networks", "switches"], flags: ["json"] };

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  const all = Object.keys(SWITCHES);
  const switches = options.list("switches") ?? all;
  const unknown = switches.find((name) => !all.includes(name));
  if (unknown) throw new Error(`switch "${unknown}" is not known; known: ${all.join(", ")}`);
  if (useVulkan() === "none") throw new Error("no GPU and no software driver were found");
  const names = [...options.names, ...(options.list("networks") ?? [])];
  const rounds = options.count("rounds", ROUNDS);
  const reports: object[] = [];
  for (const network of names.length > 0 ? names : [NETWORK]) {
    const rows = await timeSwitches(network, switches, rounds);
    reports.push({ network, rounds, rows });
    if (!options.has("json")) console.log(formatRows(network, rounds, rows));
  }
  if (options.has("json")) console.log(JSON.stringify(reports, null, 2));
}

interface Row {
  /** The switch that is not as by default, which is off for most. */
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

interface Variant {
  readonly without: string;
  readonly model: Model;
  readonly output: Tensor;
  readonly ms: number[];
  readonly cpuMs: number[];
}

async function timeSwitches(network: string, switches: string[], rounds: number): Promise<Row[]> {
  const device = await openDevice();
  const variants: Variant[] = [];
  for (const without of ["-", ...switches]) {
    const isOn = SWITCHES[without as keyof FusionSwitches];
    const fuse = without === "-" ? {} : { [without]: !isOn };
    const model = await createModel(network, "synthetic", { device, fuse });
    const [output] = Object.values(await model.run(inputOf(model)));
    variants.push({ without, model, output, ms: [], cpuMs: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const i of variants.keys()) await time(variants[(i + round) % variants.length]);
  }
  const [base] = variants;
  const rows = variants.map((variant) => rowOf(variant, base));
  for (const { model } of variants) model.dispose();
  device.destroy();
  return rows;
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

function rowOf({ without, model, output, ms, cpuMs }: Variant, base: Variant): Row {
  const [x, y] = [[...output.data], [...base.output.data]];
  const gap = Math.max(...x.map((value, i) => Math.abs(value - y[i])));
  const { dispatches, arenaBytes } = model.statistics;
  return {
    without,
    dispatches,
    arenaBytes,
    ms: median(ms)!,
    cpuMs: median(cpuMs)!,
    ratio: median(ms.map((value, round) => value / base.ms[round]))!,
    cpuRatio: median(cpuMs.map((value, round) => value / base.cpuMs[round]))!,
    difference: gap / Math.max(...y.map(Math.abs)),
  };
}

function formatRows(network: string, rounds: number, rows: readonly Row[]): string {
  const line = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
  return [
    `${network}, medians of ${rounds} rounds, ratios to the run with the defaults; + is with`,
    "",
    line(["without", "dispatches", "arena MB", "ms", "ratio", "CPU-ms", "ratio", "difference"]),
    line(["---", ...new Array<string>(7).fill("---:")]),
    ...rows.map((row) =>
      line([
        row.without in SWITCHES && !SWITCHES[row.without as keyof FusionSwitches]
          ? `+ ${row.without}`
          : row.without,
        row.dispatches,
        (row.arenaBytes / 1e6).toFixed(2),
        row.ms.toFixed(1),
        `${row.ratio.toFixed(2)}x`,
        row.cpuMs.toFixed(1),
        `${row.cpuRatio.toFixed(2)}x`,
        row.difference.toExponential(1),
      ]),
    ),
    "",
  ].join("\n");
}
