/** The distinct convolutions of networks, and their timing one by one; runs in Node and in a page. */
import { createModel, GraphBuilder, network, openDevice, syntheticInput } from "../src/index.ts";
import type { Device, Graph, Model, Node, Shape, Tensor } from "../src/index.ts";
import { type Clock, clockOf } from "./clock.ts";

export interface Layer {
  readonly kernel: "linear" | "pointwise" | "depthwise" | "direct";
  /** `24 -> 144 @ 56x56, 3x3 /2` */
  readonly title: string;
  /** [N, C, H, W] */
  readonly x: Shape;
  /** [O, C/groups, kh, kw] */
  readonly weight: Shape;
  /** [N, O, H, W] */
  readonly y: Shape;
  readonly attributes: Extract<Node, { op: "conv2d" }>["attributes"];
  /** How often the networks have it. */
  readonly uses: number;
}

/** Two sizes and the invocations of a workgroup: pixels x quads, or for depthwise rows x columns. */
export type TileNumbers = readonly [number, number, number];

export interface LayerTime {
  readonly kernel: string;
  readonly tile: TileNumbers | undefined;
  /** On the GPU; of a software adapter in Node, CPU time over the cores. */
  readonly ms: number;
  readonly macs: number;
  /** Read, written and of weights. */
  readonly bytes: number;
  readonly workgroups: readonly number[];
  /** Whether the device has subgroups that broadcast weights. */
  readonly subgroups: boolean;
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
  return { kernel, title, x, weight, y: node.outputs[0].shape, attributes, uses: 0 };
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
  readonly input: Tensor;
  readonly model: Model;
  readonly chosen: Readonly<Record<string, TileNumbers>>;
  /** How many dispatches more the longer of two runs has. */
  more: number;
  /** The least of all rounds: of a run with one dispatch, and with more. */
  few: number;
  many: number;
}

/** A layer that costs a dispatch and nothing else. */
const EMPTY: Layer = {
  kernel: "pointwise",
  title: "4 -> 4 @ 1x2",
  x: [1, 4, 1, 2],
  y: [1, 4, 1, 2],
  weight: [4, 4, 1, 1],
  attributes: { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 },
  uses: 0,
};
/**
 * Times one layer with each tile, round by round: the least of the rounds, as whatever else a machine
 * does only adds. What a dispatch that computes nothing takes is subtracted, unless the GPU takes
 * the times itself.
 * @param tiles null is the tile that the compiler chooses
 * @returns by tile; a string says why a tile does not work
 */
export async function timeLayer(
  layer: Layer,
  tiles: readonly (TileNumbers | null)[],
  rounds: number,
): Promise<(LayerTime | string)[]> {
  const device = await openDevice();
  const clock = clockOf(device.adapter.software);
  const empty = (await candidateOf(EMPTY, null, device)) as Candidate;
  const candidates: (Candidate | string)[] = [];
  for (const tile of tiles) candidates.push(await candidateOf(layer, tile, device));
  for (let round = 0; round < rounds; round++) {
    await timeRound(empty, clock);
    for (const i of candidates.keys()) {
      const candidate = candidates[(i + round) % candidates.length];
      if (typeof candidate !== "string") await timeRound(candidate, clock);
    }
  }
  const byGpu = clock.unit === "time" && device.gpu.features.has("timestamp-query");
  const overhead = byGpu ? 0 : costOf(empty);
  const results = candidates.map((candidate) => {
    if (typeof candidate === "string") return candidate;
    const { model, chosen } = candidate;
    const ms = costOf(candidate) - overhead;
    const { dispatches } = model.explain();
    const most = dispatches.reduce((a, b) => (b.macs > a.macs ? b : a));
    const { kernel, macs, readBytes, writeBytes, weightBytes, workgroups } = most;
    model.dispose();
    if (ms <= 0) return "it could not be told from an empty dispatch";
    const tile = chosen[CHOICE_OF[kernel] ?? ""];
    const bytes = readBytes + writeBytes + weightBytes;
    const { subgroups } = device.traits;
    return {
      kernel,
      tile,
      ms,
      macs,
      bytes,
      workgroups,
      subgroups,
    };
  });
  empty.model.dispose();
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
    const input = syntheticInput(layer.x);
    await model.run(input);
    return { input, model, chosen: hook.chosen, more: 0, few: Infinity, many: Infinity };
  } catch (error) {
    return (error as Error).message;
  } finally {
    hook.wanted = undefined;
  }
}

/** Dispatches that the GPU or the wall clock times at once; their median counts. */
const REPEATS = 9;
/** The longer run has about this much more work. */
const BATCH_MS = 30;
const MOST_REPEATS = 100;

/** Times a run with one dispatch and one with many; on the wall, dispatches one by one. */
async function timeRound(candidate: Candidate, clock: Clock): Promise<void> {
  const { model, input } = candidate;
  const timed = async (repeat: number): Promise<{ ms: number; clockMs: number }> => {
    const before = clock.now();
    const { rows } = await model.profile(input, { repeat });
    const { ms } = rows.reduce((most, row) => (row.macs > most.macs ? row : most));
    return { ms, clockMs: clock.now() - before };
  };
  if (clock.unit === "time") {
    Object.assign(candidate, { few: 0, more: 1 });
    candidate.many = Math.min(candidate.many, (await timed(REPEATS)).ms);
    return;
  }
  const single = await timed(1);
  candidate.more ||= Math.max(4, Math.min(MOST_REPEATS, Math.ceil(BATCH_MS / single.clockMs)));
  candidate.few = Math.min(candidate.few, single.clockMs);
  candidate.many = Math.min(candidate.many, (await timed(1 + candidate.more)).clockMs);
}

/** Milliseconds of one dispatch: what is not it drops out. */
function costOf({ few, many, more }: Candidate): number {
  return (many - few) / more;
}
