/** Runs with `precision: "auto"`: what stays in 16-bit floats, what does not, and that all results are right. */
import { adoptDevice, Device } from "../../src/gpu/device.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import type { Model } from "../../src/loaded-model.ts";
import { load } from "../../src/model.ts";
import type { AutoPrecision } from "../../src/precision.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { Precision } from "../../src/shaders/elements.ts";
import { numbers } from "../compiler/graphs.ts";
import { expectNear } from "../gpu/compare.ts";
import { CountingDevice } from "../gpu/counting-device.ts";
import { HALF_TOLERANCE } from "../gpu/half-case.ts";
import { AS_IT_IS, IMAGE, feedsOf, fromBuffer, photo, toBuffer } from "../gpu/port-graphs.ts";
import { buildGraph, convolution } from "../gpu/small-models.ts";
import type { HalfRun } from "./half-runs.ts";

const WHOLE_TOLERANCE = 1e-4;
const RANGE = "16-bit floats hold up to 65504, of which values may take half";

/** Three convolutions; what the first two give is `factor` times as great as x, what the last one gives is not. */
function peaked(factor: number): Graph {
  return buildGraph({ x: IMAGE }, (b, x) => {
    const weight = (channels: number, scale: number) =>
      b.constant(numbers([8, channels, 3, 3], { scale }));
    const padding = [1, 1, 1, 1] as const;
    const up = b.conv2d(x, weight(IMAGE[1], factor), null, { padding });
    const active = b.unary(up, { kind: "relu" }, "up");
    const same = b.conv2d(active, weight(8, 0.1), null, { padding });
    return { y: b.conv2d(same, weight(8, 1 / factor), null, { padding }) };
  });
}

/** The greatest magnitude of a value of the graph, by the reference. */
function greatest(graph: Graph, feeds: Readonly<Record<string, Tensor>>, name: string): number {
  let most = 0;
  evaluateGraph(graph, feeds, ({ outputs }, tensors) => {
    const index = outputs.findIndex((output) => output.name === name);
    for (const x of tensors[index]?.data ?? []) most = Math.max(most, Math.abs(x));
  });
  return most;
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected) {
    throw new Error(`${what} is ${String(actual)}, expected ${String(expected)}`);
  }
}

function expectMatch(actual: string | null, expected: RegExp): void {
  if (!expected.test(actual ?? ""))
    throw new Error(`the reason is ${actual}, expected ${expected}`);
}

const expectPrecision = ({ precision }: Model, expected: Precision): void =>
  expectEqual("the precision", precision, expected);

/** A model whose precision is decided on any adapter that has 16-bit floats. */
async function withAuto(
  device: Device,
  graph: Graph,
  use: (model: Model) => Promise<void>,
  options: AutoPrecision = {},
): Promise<void> {
  const autoPrecision = { software: true, ...options };
  const model = await load(graph, { device, precision: "auto", autoPrecision });
  try {
    await use(model);
  } finally {
    model.dispose();
  }
}

async function runUsual(device: Device): Promise<void> {
  const graph = peaked(10);
  const feeds = feedsOf(graph);
  const expected = evaluateGraph(graph, feeds);
  await withAuto(device, graph, async (model) => {
    expectMatch(model.statistics.precisionReason, /^no run has been checked yet$/);
    for (let run = 0; run < 3; run++) {
      expectNear(await model.run(feeds), expected, HALF_TOLERANCE);
      expectPrecision(model, "f16");
    }
    const most = greatest(graph, feeds, "up");
    const [, found] = /^"up" reaches ([\d.]+) at most, 16/.exec(model.statistics.precisionReason!)!;
    if (Math.abs(Number(found) - most) > HALF_TOLERANCE * most) {
      throw new Error(`"up" is said to reach ${found}, expected ${most}`);
    }
  });
}

/** The first result, those of runs that were started with it, and the next ones, in every way to run. */
async function runTooGreat(device: Device): Promise<void> {
  const graph = peaked(30_000);
  const feeds = feedsOf(graph, 4);
  const expected = evaluateGraph(graph, feeds);
  const told: string[] = [];
  const onFallback = (reason: string) => void told.push(reason);
  const use = async (model: Model): Promise<void> => {
    const runs = [model.run(feeds), model.run(feeds), model.run(feeds)];
    for (const outputs of await Promise.all(runs)) expectNear(outputs, expected, WHOLE_TOLERANCE);
    expectPrecision(model, "f32");
    expectNear(await model.run(feeds), expected, WHOLE_TOLERANCE);
    expectEqual("what was told", told.join(), model.statistics.precisionReason);
    const most = greatest(graph, feeds, "up");
    const [, found] = /^"up" reaches ([\d.]+), (.*)/.exec(told[0])!;
    if (Math.abs(Number(found) - most) > WHOLE_TOLERANCE * most) {
      throw new Error(`"up" is said to reach ${found}, expected ${most}`);
    }
  };
  await withAuto(device, graph, use, { onFallback });
}

async function runTooGreatOnGpu(device: Device): Promise<void> {
  const graph = peaked(30_000);
  const feeds = feedsOf(graph, 4);
  const expected = evaluateGraph(graph, feeds);
  const x = toBuffer(device, feeds.x);
  let read = 0;
  await withAuto(device, graph, async (model) => {
    for (let run = 1; run <= 2; run++) {
      const { y } = await model.runToGpu(x, { onInputsRead: () => read++ });
      expectNear({ y: await fromBuffer(device, y) }, expected, WHOLE_TOLERANCE);
      y.destroy();
      expectPrecision(model, "f32");
      expectEqual("how often inputs were said to be read", read, run);
    }
  });
  x.destroy();
}

async function runImage(device: Device): Promise<void> {
  const graph = peaked(300);
  const { pixels, numbers: x } = photo(IMAGE[2], IMAGE[3], 5);
  const expected = evaluateGraph(graph, { x });
  await withAuto(device, graph, async (model) => {
    for (let run = 0; run < 2; run++) {
      const outputs = await model.run(pixels, { preprocess: AS_IT_IS });
      expectNear(outputs, expected, WHOLE_TOLERANCE);
      expectPrecision(model, "f32");
    }
  });
}

/** Twice as great as in the run that was checked would not fit. */
async function runNear(device: Device): Promise<void> {
  const graph = convolution(IMAGE);
  const x = Float32Array.from(syntheticInput(IMAGE).data, (value, i) => (i === 7 ? 40_000 : value));
  await withAuto(device, graph, async (model) => {
    await model.run(x);
    expectPrecision(model, "f32");
    expectEqual(
      "the reason",
      model.statistics.precisionReason,
      `input "x" reaches 40000, ${RANGE}`,
    );
  });
}

async function runWeights(device: Device): Promise<void> {
  const graph = buildGraph({ x: IMAGE }, (b, x) => ({
    y: b.conv2d(x, b.constant(numbers([5, IMAGE[1], 3, 3], { scale: 1e5 })), null),
  }));
  const feeds = feedsOf(graph, 1e-4);
  await withAuto(device, graph, async (model) => {
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), WHOLE_TOLERANCE);
    expectPrecision(model, "f32");
    expectMatch(model.statistics.precisionReason, /^a weight reaches \d{5,}\.?\d*, 16-bit/);
  });
}

/** Inputs with NaN and infinities say nothing of the model, unless all are so. */
async function runBroken(device: Device): Promise<void> {
  const graph = buildGraph({ x: [1, 3] }, (b, x) => ({ y: b.unary(x, { kind: "square" }, "y") }));
  const square = (...data: number[]) => {
    const given = { shape: [1, 3], dtype: "float32", data: Float32Array.from(data) } as const;
    return { x: given, y: { ...given, data: given.data.map((value) => value * value) } };
  };
  const broken = [square(1, 2, NaN), square(-Infinity, 300, 1)];
  await withAuto(device, graph, async (model) => {
    for (const { x, y } of broken) {
      expectNear(await model.run(x), { y }, 0);
      expectPrecision(model, "f16");
      expectMatch(
        model.statistics.precisionReason,
        /^input "x" holds (NaN|infinity): that run was/,
      );
    }
    const { x, y } = square(1, 2, 3);
    expectNear(await model.run(x), { y }, 0);
    expectPrecision(model, "f16");
    expectMatch(model.statistics.precisionReason, /^"y" reaches 9 at most/);
  });
  await withAuto(device, graph, async (model) => {
    const { x, y } = broken[1];
    for (let run = 0; run < 4; run++) expectNear(await model.run(x), { y }, 0);
    expectPrecision(model, "f32");
    expectMatch(model.statistics.precisionReason, /^input "x" holds infinity, 16-bit/);
  });
}

/** What is not finite in f32 either is as in f32. */
async function runInfinite(device: Device): Promise<void> {
  const graph = buildGraph({ x: [1, 3] }, (b, x) => {
    const inverse = b.unary(x, { kind: "reciprocal" }, "inverse");
    return { y: b.op("softmax", [inverse], { axis: 1 }), inverse };
  });
  const x = Float32Array.of(0, 2, 4);
  await withAuto(device, graph, async (model) => {
    const { inverse } = await model.run(x);
    expectEqual("1 / 0", inverse.data[0], Infinity);
    expectPrecision(model, "f32");
    expectMatch(model.statistics.precisionReason, /^"inverse" holds infinity, 16-bit/);
  });
}

async function runSample(device: Device): Promise<void> {
  const graph = peaked(30_000);
  const feeds = feedsOf(graph, 4);
  const use = async (model: Model): Promise<void> => {
    expectPrecision(model, "f32");
    expectEqual("the time of the first run", model.statistics.firstRunMs, null);
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), WHOLE_TOLERANCE);
  };
  await withAuto(device, graph, use, { sample: feeds });
  // Zeros tell nothing: the second run is checked too.
  const zeros = new Float32Array(feeds.x.data.length);
  const useTwice = async (model: Model): Promise<void> => {
    expectPrecision(model, "f16");
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), WHOLE_TOLERANCE);
    expectPrecision(model, "f32");
  };
  await withAuto(device, graph, useTwice, { sample: zeros, runs: 2 });
}

/** Inputs that cannot be bound, and aborted runs, leave the decision to the next run. */
async function runErrors(device: Device): Promise<void> {
  const graph = peaked(10);
  const feeds = feedsOf(graph);
  await withAuto(device, graph, async (model) => {
    const aborted = AbortSignal.abort(new Error("enough"));
    const failures = [model.run(new Float32Array(3)), model.run(feeds, { signal: aborted })];
    const messages = (await Promise.allSettled(failures)).map((settled) =>
      settled.status === "rejected" ? (settled.reason as Error).message : "none",
    );
    const shape = 'input "x": 3 numbers given, but shape 1x3x6x5 has 90';
    expectEqual("the errors", messages.join(), `${shape},enough`);
    expectMatch(model.statistics.precisionReason, /^no run has been checked yet$/);
    expectNear(await model.run(feeds), evaluateGraph(graph, feeds), HALF_TOLERANCE);
    expectMatch(model.statistics.precisionReason, /^"up" reaches/);
  });
}

/** Once decided, a run and the memory are those of a model that was asked for that precision. */
async function runCosts(device: Device): Promise<void> {
  for (const [precision, factor] of [
    ["f16", 10],
    ["f32", 30_000],
  ] as const) {
    const graph = peaked(factor);
    const feeds = feedsOf(graph, 4);
    const [plain, auto] = [0, 1].map(() => new CountingDevice(device.gpu));
    const asked = await load(graph, { device: adoptDevice(plain.gpu), precision });
    const start = async (model: Model): Promise<void> => {
      (await model.runToGpu(feeds)).y.destroy();
      await model.run(feeds);
    };
    await start(asked);
    await withAuto(adoptDevice(auto.gpu), graph, async (model) => {
      await start(model);
      expectPrecision(model, precision);
      for (const counting of [plain, auto]) counting.reset();
      await Promise.all([asked.run(feeds), model.run(feeds)]);
      expectEqual("what was asked", JSON.stringify(auto.counts), JSON.stringify(plain.counts));
      expectEqual("the dispatches", auto.counts.dispatchWorkgroups, model.statistics.dispatches);
      expectEqual("the bytes of memory", auto.aliveBytes, plain.aliveBytes);
    });
    asked.dispose();
  }
}

/** Where nothing can be gained, or integers be lost, nothing is tried. */
async function runRefusals(device: Device): Promise<void> {
  const { gpu, adapter, traits } = device;
  const software = new Device(gpu, adapter, { ...traits, software: true });
  const use = (model: Model): Promise<void> => {
    expectPrecision(model, "f32");
    const { precisionReason } = model.statistics;
    expectEqual("the reason", precisionReason, "the adapter computes on the processor");
    return Promise.resolve();
  };
  await withAuto(software, peaked(10), use, { software: false });
  // Loading has measured the device, whatever its name says.
  const byDevice = (model: Model): Promise<void> => {
    expectPrecision(model, device.traits.software ? "f32" : "f16");
    return Promise.resolve();
  };
  await withAuto(device, peaked(10), byDevice, { software: false });
  const classes = buildGraph({ x: [1, 5000] }, (b, x) => ({
    y: b.apply("topK", [x], { k: 1, axis: 1, largest: true })[1],
  }));
  await withAuto(device, classes, (model) => {
    expectPrecision(model, "f32");
    expectMatch(
      model.statistics.precisionReason,
      /may hold integers up to .* exact up to 2048 only$/,
    );
    return Promise.resolve();
  });
}

export const AUTO_RUNS: readonly HalfRun[] = [
  { name: "stays in f16 where values fit", run: runUsual },
  { name: "computes in f32 what does not fit", run: runTooGreat },
  { name: "computes in f32 what does not fit, from and to GPU buffers", run: runTooGreatOnGpu },
  { name: "takes an image twice where values do not fit", run: runImage },
  { name: "takes f32 where values nearly do not fit", run: runNear },
  { name: "takes f32 where weights do not fit", run: runWeights },
  { name: "decides nothing by inputs that hold infinities or NaN", run: runBroken },
  { name: "takes f32 for what is infinite in f32 too", run: runInfinite },
  { name: "checks a sample while it loads", run: runSample },
  { name: "decides nothing by runs that fail", run: runErrors },
  { name: "costs nothing once it is decided", run: runCosts },
  { name: "takes f32 on processors, and for integers of any size", run: runRefusals },
];
