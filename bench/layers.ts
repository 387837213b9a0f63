/** The distinct convolutions of networks, and their timing one by one; runs in Node and in a page. */
import { createModel, GraphBuilder, network, openDevice, syntheticInput } from "../src/index.ts";
import type { Device, Graph, Model, Node, Shape, Tensor } from "../src/index.ts";
import { median } from "./statistics.ts";

export interface Layer {
  readonly kernel: "linear" | "pointwise" | "depthwise" | "direct";
  /** `24 -> 144 @ 56x56, 3x3 /2` */
  readonly title: string;
  /** [N, C, H, W] */
  readonly x: Shape;
  /** [O, C/groups, kh, kw] */
  readonly weight: Shape;
  readonly attributes: Extract<Node, { op: "conv2d" }>["attributes"];
  /** How often the networks have it. */
  readonly uses: number;
}

/** Two sizes and the invocations of a workgroup: pixels x quads, or for depthwise rows x columns. */
export type TileNumbers = readonly [number, number, number];

export interface LayerTime {
  readonly kernel: string;
  readonly tile: TileNumbers | undefined;
  /** On the GPU; of a software adapter in Node, CPU time of all cores. */
  readonly ms: number;
  readonly macs: number;
}

/** The convolutions of these networks, each once, in the order of their first use. */
export function layersOf(networks: readonly string[]): Layer[] {
  const layers = new Map<string, Layer>();
  for (const id of networks) {
    for (const node of network(id).nodes) {
      const layer = node.op === "conv2d" ? convolution(node) : undefined;
      if (!layer) continue;
      const key = JSON.stringify([layer.x, layer.weight, layer.attributes]);
      layers.set(key, { ...layer, uses: (layers.get(key)?.uses ?? 0) + 1 });
    }
  }
  return [...layers.values()];
}

function convolution(node: Extract<Node, { op: "conv2d" }>): Layer {
  const { attributes } = node;
  const [x, weight] = node.inputs.map((value) => value!.shape);
  const [, channels, height, width] = x;
  const [outs, , kernelHeight, kernelWidth] = weight;
  const unit = kernelHeight * kernelWidth === 1;
  const stride = attributes.stride[0] > 1 ? ` /${attributes.stride[0]}` : "";
  const window = unit ? "" : `, ${kernelHeight}x${kernelWidth}`;
  const title = `${channels} -> ${outs} @ ${height}x${width}${window}${stride}`;
  const dense = unit ? (height * width === 1 ? "linear" : "pointwise") : "direct";
  const kernel = attributes.groups > 1 ? "depthwise" : dense;
  return { kernel, title, x, weight, attributes, uses: 0 };
}

function graphOf({ x, weight, attributes }: Layer): Graph {
  const builder = new GraphBuilder("layer");
  const input = builder.input("x", x);
  const bias = builder.parameter("bias", [weight[0]]);
  const y = builder.conv2d(input, builder.parameter("weight", weight), bias, attributes, "layer");
  builder.output("y", y);
  return builder.graph;
}

interface TileHook {
  benchTile?: { wanted?: TileNumbers | undefined; chosen: Record<string, TileNumbers> };
}

/** Which choice of the compiler a kernel takes. */
const CHOICE_OF: Record<string, string> = {
  "conv/pointwise": "selectTile",
  "conv/direct": "selectTile",
  "conv/depthwise": "selectDepthwiseTile",
  "conv/depthwise-rows": "selectStrip",
};

interface Candidate {
  readonly model: Model;
  readonly chosen: Readonly<Record<string, TileNumbers>>;
  readonly times: number[];
}

/**
 * Times one layer with each tile, round by round: medians.
 * @param tiles null is the tile that the compiler chooses
 * @returns by tile; a string says why a tile does not work
 */
export async function timeLayer(
  layer: Layer,
  tiles: readonly (TileNumbers | null)[],
  rounds: number,
): Promise<(LayerTime | string)[]> {
  const device = await openDevice();
  const candidates: (Candidate | string)[] = [];
  for (const tile of tiles) candidates.push(await candidateOf(layer, tile, device));
  const input = syntheticInput(layer.x);
  for (let round = 0; round < rounds; round++) {
    for (const i of candidates.keys()) {
      const candidate = candidates[(i + round) % candidates.length];
      if (typeof candidate !== "string") candidate.times.push(await timeOnce(candidate, input));
    }
  }
  const results = candidates.map((candidate) => {
    if (typeof candidate === "string") return candidate;
    const { model, chosen, times } = candidate;
    const { dispatches } = model.explain();
    const { kernel, macs } = dispatches.reduce((most, row) => (row.macs > most.macs ? row : most));
    model.dispose();
    const tile = chosen[CHOICE_OF[kernel] ?? ""];
    return { kernel, tile, ms: median(times)!, macs };
  });
  device.destroy();
  return results;
}

async function candidateOf(
  layer: Layer,
  wanted: TileNumbers | null,
  device: Device,
): Promise<Candidate | string> {
  const hook = ((globalThis as TileHook).benchTile ??= { chosen: {} });
  hook.wanted = wanted ?? undefined;
  hook.chosen = {};
  try {
    const model = await createModel(graphOf(layer), "synthetic", { device });
    // A driver may compile at the first run what it was given before.
    await model.run(syntheticInput(layer.x));
    return { model, chosen: hook.chosen, times: [] };
  } catch (error) {
    return (error as Error).message;
  } finally {
    hook.wanted = undefined;
  }
}

/** About this much work follows each reading of the CPU time, whose steps are coarse. */
const BATCH_MS = 40;

/**
 * Milliseconds of the layer's dispatch. A software adapter in Node computes in this process: its
 * CPU time is steadier than a time on the wall. What is not the dispatch is subtracted.
 */
async function timeOnce({ model }: Candidate, input: Tensor): Promise<number> {
  const timed = async (repeat: number): Promise<{ ms: number; cpuMs: number }> => {
    const before = cpuTime();
    const { rows } = await model.profile(input, { repeat });
    const { ms } = rows.reduce((most, row) => (row.macs > most.macs ? row : most));
    return { ms, cpuMs: cpuTime() - before };
  };
  const single = await timed(1);
  if (!model.adapter.software || typeof process === "undefined") return single.ms;
  const more = Math.max(2, Math.min(20, Math.ceil(BATCH_MS / single.ms)));
  const several = await timed(1 + more);
  return (several.cpuMs - single.cpuMs) / more;
}

function cpuTime(): number {
  if (typeof process === "undefined") return 0;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
