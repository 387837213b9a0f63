/** `lightfuse explain`: what the compiler did with a model, as a table, as JSON or as a page. */
import {
  explanationPage,
  formatGraphExplanation,
  type DeviceClass,
  type Peaks,
} from "../src/index.ts";
import type { Arguments, Command } from "./arguments.ts";
import { BROWSER, execute, formatAdapter } from "./device.ts";
import { Failure } from "./failure.ts";
import { writeBytes } from "./files.ts";
import { findModel, MODEL, MODEL_NOTES, WEIGHTS } from "./model.ts";
import { JSON_OPTION, note, print, printJson } from "./print.ts";
import { formatBytes } from "./text.ts";
import { noteUnused, readTuning, TUNING } from "./tuning.ts";

const CLASSES = ["software", "integrated", "discrete"] as const satisfies readonly DeviceClass[];

const PEAKS = [
  ["gflops", "gflops", "peak arithmetic in 1e9 operations a second"],
  ["gbps", "gbPerSecond", "peak bandwidth of storage buffers in 1e9 bytes a second"],
  ["launch", "launchUs", "microseconds from one dispatch to the next"],
] as const;

export const explain: Command = {
  name: "explain",
  summary: "show the plan: kernels, what was fused into them, shapes, bytes, MACs, copies",
  operands: [MODEL],
  options: [
    WEIGHTS,
    { name: "passes", help: "the graph before and after each pass" },
    { name: "details", help: "channel maps, decisions with their costs, the memory map" },
    { name: "wgsl", value: "<n>", help: "the linked WGSL of dispatch n, and nothing else" },
    { name: "html", value: "<file>", help: "write a page with pictures that needs no other file" },
    TUNING,
    { name: "device", value: "<class>", help: `plan as for one of these: ${CLASSES.join(", ")}` },
    ...PEAKS.map(([name, , help]) => ({ name, value: "<x>", help })),
    BROWSER,
    JSON_OPTION,
  ],
  notes: `${MODEL_NOTES}
A network is explained with synthetic weights when none are given.\n
The plan is that of a load: with --tuning by a table, on GPUs by what is likely the best there. With
--device it is the one of a processor, of a GPU that shares its memory, or of one that does not.\n
us is the least time that a dispatch can take by the roofline: of its arithmetic, its bytes and its
launch the longest, named in the next column. Without --gflops, --gbps and --launch the peaks are
those of the adapter's class.\n
--json prints name, adapter, parameters, macs, weightBytes, before and after (graphs), passes (each
with the nodes that it removed and added, and the graph after it), channelMaps, tableReads, copies
(the dispatches that only move data, and why; empty when there are none), decisions (nanoseconds),
paddings (empty lanes weighed against copies, likewise), memory (arenaBytes, lowerBoundBytes,
allocations and liveBytes by dispatch), peaks, dispatches (each with the index of its shader and its
bound) and shaders (WGSL).`,

  async execute(given) {
    const file = given.text("html");
    const wgsl = given.has("wgsl") ? given.count("wgsl", 0, 0) : undefined;
    if (wgsl !== undefined && given.has("json")) {
      throw new Failure("--wgsl shows WGSL and nothing else, so it does not go with --json");
    }
    const peaks = readPeaks(given);
    const deviceClass = readClass(given);
    const model = findModel(given, "synthetic");
    const tuning = await readTuning(given);
    const job = {
      task: "explain",
      model,
      inputs: [],
      runs: 0,
      peaks,
      deviceClass,
      tuning,
    } as const;
    const result = await execute(job, given);
    const { adapter } = result;
    noteUnused(result);
    const explanation = result.explain!;
    const last = explanation.dispatches.length - 1;
    if (wgsl !== undefined && wgsl > last) {
      throw new Failure(`--wgsl is ${wgsl}, expected a dispatch from 0 to ${last}`);
    }
    if (file !== undefined) {
      const page = await explanationPage(explanation);
      writeBytes(file, page);
      const written = `wrote ${file}, ${formatBytes(Buffer.byteLength(page))}`;
      if (given.has("json") || wgsl !== undefined) note(written);
      else print(written);
    }
    if (given.has("json")) printJson({ ...explanation, adapter });
    else if (file === undefined || wgsl !== undefined) {
      const options = { passes: given.has("passes"), details: given.has("details"), wgsl };
      const text = await formatGraphExplanation(explanation, options);
      const taken = deviceClass ? `, planned as for ${NAMES[deviceClass]}` : "";
      print(wgsl === undefined ? `adapter: ${formatAdapter(adapter)}${taken}\n\n${text}` : text);
    }
    return undefined;
  },
};

const NAMES: Readonly<Record<DeviceClass, string>> = {
  software: "a processor",
  integrated: "an integrated GPU",
  discrete: "a discrete GPU",
};

/** @throws Failure for what is no class */
function readClass(given: Arguments): DeviceClass | undefined {
  const text = given.text("device");
  if (text === undefined) return undefined;
  const found = CLASSES.find((name) => name === text);
  if (!found) throw new Failure(`--device is "${text}", expected ${CLASSES.join(", ")}`);
  return found;
}

/** @throws Failure for what is not a number above 0 */
function readPeaks(given: Arguments): Partial<Peaks> {
  const known: Partial<Record<keyof Peaks, number>> = {};
  for (const [name, key] of PEAKS) {
    const text = given.text(name);
    if (text === undefined) continue;
    const value = Number(text);
    if (!(value > 0 && value < Infinity)) {
      throw new Failure(`--${name} is "${text}", expected a number above 0`);
    }
    known[key] = value;
  }
  return known;
}
