/** `npm run bench:kernels`: each convolution of networks by kernel and tile, against the roofline of the adapter. */
import { bestOf, type DeviceFigures } from "./device/figures.ts";
import { type Layer, layersOf, type LayerTime, type TileNumbers } from "./layers.ts";
import { loadsOf } from "./loads.ts";
import { digits, markdownTable, percent } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import type { NetworkProfile } from "./profile.ts";
import { type About, aboutOf, describeAbout, writeResult } from "./results.ts";
import { type Limit, type Roofline, rooflineOf } from "./roofline.ts";
import { openRunner, RUNNER_FLAGS } from "./runner.ts";
import { sweptTiles } from "./tiles.ts";

const NETWORKS = ["mobilenet_v2", "mobilenet_v3_small"];
/** Channels of a quad. */
const QUAD = 4;
const KERNELS = ["pointwise", "depthwise", "direct", "linear"];
const ROUNDS = 6;
/** The layers are gone through this often: the speed of a machine wanders between minutes. */
const SWEEPS = 3;
const REPEAT = 9;

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:kernels -- [networks] [options]\n" +
    "GFLOP/s and GB/s of each distinct convolution, as part of the roofline measured in the same run.",
  values: {
    networks: `names with commas between (${NETWORKS.join(",")}); also without --networks`,
    kernel: `of ${KERNELS.join(",")}`,
    tile: "others than the chosen one: pixels x quads x workgroup (depthwise: rows x columns x workgroup), as in 7x2x8,4x4x8",
    rounds: `in each, all tiles of a layer are timed one after the other (${ROUNDS}); a third of them at a time`,
  },
  flags: {
    ...RUNNER_FLAGS,
    sweep: "try all tiles that fit the layer and the adapter",
    json: "print JSON",
  },
};

/** A tile's time, and what it is of the roofline. */
export type KernelTime = LayerTime & { readonly roofline: Roofline };

export type KernelRow = Layer & {
  /** The first is the tile that the compiler chooses; a string says why one does not work. */
  readonly times: readonly (KernelTime | string)[];
};

export interface KernelResult extends About {
  readonly figures: DeviceFigures;
  readonly rounds: number;
  readonly rows: readonly KernelRow[];
  /** Every dispatch of the networks as wholes. */
  readonly profiles: readonly NetworkProfile[];
}

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  const kernels = options.list("kernel") ?? KERNELS;
  const unknown = kernels.find((name) => !KERNELS.includes(name));
  if (unknown) throw new Error(`kernel "${unknown}" is not known; known: ${KERNELS.join(", ")}`);
  const wanted = (options.list("tile") ?? []).map(parseTile);
  const named = [...options.names, ...(options.list("networks") ?? [])];
  const networks = named.length > 0 ? named : NETWORKS;
  const layers = layersOf(networks).filter(({ kernel }) => kernels.includes(kernel));
  layers.sort((a, b) => KERNELS.indexOf(a.kernel) - KERNELS.indexOf(b.kernel));
  const rounds = options.count("rounds", ROUNDS);
  const runner = await openRunner(options.has("browser"));
  try {
    const { probes } = runner;
    const measured = [await probes.probeDevice()];
    const { software } = measured[0];
    const best: (LayerTime | string)[][] = layers.map(() => []);
    for (let sweep = 1; sweep <= SWEEPS; sweep++) {
      for (const [i, layer] of layers.entries()) {
        const swept = options.has("sweep") ? sweptTiles(layer, software) : [];
        const tiles = [null, ...wanted, ...swept];
        const times = await probes.timeLayer(layer, tiles, Math.ceil(rounds / SWEEPS));
        best[i] = times.map((time, t) => faster(best[i][t], time));
        const at = `layer ${i + 1} of ${layers.length}, ${sweep} of ${SWEEPS} times`;
        console.error(`bench: ${at}: ${layer.kernel} ${layer.title}`);
      }
      measured.push(await probes.probeDevice());
    }
    const figures = bestOf(measured);
    const rows = layers.map((layer, i): KernelRow => {
      return { ...layer, times: best[i].map((time) => withRoofline(layer, time, figures)) };
    });
    const profiles: NetworkProfile[] = [];
    for (const id of networks) profiles.push(await probes.profileNetwork(id, REPEAT));
    const about = aboutOf("kernels", runner, "bench:kernels", given);
    const result: KernelResult = { ...about, figures, rounds, rows, profiles };
    const markdown = formatKernels(result);
    writeResult("kernels", result, markdown);
    console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
  } finally {
    await runner.close();
  }
}

/** Of two measurements of one tile; a failure is one only if it fails again. */
function faster(a: LayerTime | string | undefined, b: LayerTime | string): LayerTime | string {
  if (a === undefined || typeof a === "string") return b;
  return typeof b === "string" || a.ms <= b.ms ? a : b;
}

function withRoofline(
  layer: Layer,
  time: LayerTime | string,
  figures: DeviceFigures,
): KernelTime | string {
  if (typeof time === "string") return time;
  const { tile, subgroups, macs, bytes } = time;
  const [images, outs, height, width] = layer.y;
  const stores = images * Math.ceil(outs / QUAD) * QUAD * height * width;
  const loads = loadsOf(time.kernel, { layer, y: layer.y, tile, subgroups });
  return { ...time, roofline: rooflineOf({ macs, bytes, loads, stores }, figures) };
}

/** `7x2x8` @throws Error when it is not three whole numbers */
function parseTile(text: string): TileNumbers {
  const numbers = text.split("x").map(Number);
  if (numbers.length === 3 && numbers.every((n) => Number.isInteger(n) && n > 0)) {
    return [numbers[0], numbers[1], numbers[2]];
  }
  throw new Error(
    `--tile ${text}: expected pixels x quads x workgroup (depthwise: rows x columns x workgroup), such as 7x2x8`,
  );
}

interface Line {
  readonly row: KernelRow;
  readonly time: KernelTime;
  readonly isChosen: boolean;
}

const INSTRUCTIONS =
  "Instructions: the cores of a software adapter issue accesses and multiply-adds one after the other, so their sum is a limit there.";

function formatKernels(result: KernelResult): string {
  const { figures, rows, rounds } = result;
  const { gflops, memoryGbPerSecond, loadNs, storeNs, broadcastNs, unit } = figures;
  const broadcast = broadcastNs === null ? "none" : `${digits(broadcastNs)} ns`;
  const lines = rows.flatMap((row) => {
    return row.times.flatMap((time, i): Line[] => {
      return typeof time === "string" ? [] : [{ row, time, isChosen: i === 0 }];
    });
  });
  const failures = rows.flatMap(({ title, times }) =>
    times.flatMap((time) => (typeof time === "string" ? [`- ${title}: ${time}`] : [])),
  );
  return [
    `# Kernels on ${result.adapter}`,
    "",
    describeAbout(result),
    `Times are ${unit}, the least of ${rounds} rounds, without what an empty dispatch takes. The roofline was measured in the same run: ${digits(gflops)} GFLOP/s from`,
    `registers, ${digits(memoryGbPerSecond)} GB/s of memory, ${digits(loadNs)} ns a scalar loaded, ${digits(storeNs)} ns stored, ${broadcast} broadcast.`,
    "Accesses are a kernel's loads, stores and broadcasts. Shares are of what each limit alone would allow; the roofline is the tightest.",
    ...(figures.software ? [INSTRUCTIONS] : []),
    "* marks what the compiler chooses.",
    "",
    "## By family, weighted by time (chosen tiles)",
    "",
    familyTable(lines.filter(({ isChosen }) => isChosen)),
    "",
    "## By layer",
    "",
    layerTable(lines),
    ...(failures.length > 0 ? ["", "Failed:", "", ...failures] : []),
  ].join("\n");
}

function familyTable(lines: readonly Line[]): string {
  const kernels = [...new Set(lines.map(({ time }) => time.kernel))];
  const sum = (kernel: string, of: (line: Line) => number): number =>
    lines
      .filter(({ time }) => time.kernel === kernel)
      .reduce((total, line) => total + of(line) * line.row.uses, 0);
  const ms = (kernel: string): number => sum(kernel, ({ time }) => time.ms);
  const share = (limit: Limit) => (kernel: string) =>
    percent(sum(kernel, ({ time }) => time.roofline.limits[limit]) / ms(kernel));
  return markdownTable<string>(
    [
      { title: "kernel", left: true, cell: (kernel) => kernel },
      { title: "layers", cell: (kernel) => sum(kernel, () => 1) },
      { title: "ms", cell: (kernel) => digits(ms(kernel)) },
      {
        title: "GFLOP/s",
        cell: (kernel) => digits((2e-6 * sum(kernel, ({ time }) => time.macs)) / ms(kernel)),
      },
      { title: "of compute", cell: share("compute") },
      { title: "of accesses", cell: share("accesses") },
      { title: "of instructions", cell: share("instructions") },
      {
        title: "of the roofline",
        cell: (kernel) => percent(sum(kernel, ({ time }) => time.roofline.ms) / ms(kernel)),
      },
    ],
    kernels,
  );
}

function layerTable(lines: readonly Line[]): string {
  return markdownTable<Line>(
    [
      { title: "kernel", left: true, cell: ({ time }) => time.kernel },
      { title: "layer", left: true, cell: ({ row }) => row.title },
      { title: "uses", cell: ({ row }) => row.uses },
      {
        title: "tile",
        cell: ({ time, isChosen }) => `${time.tile?.join("x") ?? "-"}${isChosen ? " *" : ""}`,
      },
      { title: "us", cell: ({ time }) => digits(time.ms * 1000) },
      { title: "GFLOP/s", cell: ({ time }) => digits((2e-6 * time.macs) / time.ms) },
      { title: "GB/s", cell: ({ time }) => digits((1e-6 * time.bytes) / time.ms) },
      { title: "of compute", cell: ({ time }) => percent(time.roofline.limits.compute / time.ms) },
      { title: "of memory", cell: ({ time }) => percent(time.roofline.limits.memory / time.ms) },
      {
        title: "of accesses",
        cell({ time: { roofline, ms } }) {
          const { accesses } = roofline.limits;
          return accesses > 0 ? percent(accesses / ms) : undefined;
        },
      },
      { title: "of the roofline", cell: ({ time }) => percent(time.roofline.ms / time.ms) },
      { title: "limit", left: true, cell: ({ time }) => time.roofline.by },
    ],
    lines,
  );
}
