/** Runs with 16-bit storage from and to GPU buffers, of images, and of numbers that do not fit. */
import { F16 } from "../../src/f16.ts";
import type { Device } from "../../src/gpu/device.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { load } from "../../src/model.ts";
import type { Model } from "../../src/loaded-model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { verify } from "../../src/verify.ts";
import { conv } from "../compiler/graphs.ts";
import { expectNear } from "../gpu/compare.ts";
import { GPU_KERNELS, planWith } from "../gpu/gpu-kernels.ts";
import { HALF_TOLERANCE, halveConstants, halvedAll } from "../gpu/half-case.ts";
import {
  AS_IT_IS,
  IMAGE,
  PORT_GRAPHS,
  checkPorts,
  feedsOf,
  fromBuffer,
  photo,
} from "../gpu/port-graphs.ts";
import { buildGraph, convolution } from "../gpu/small-models.ts";

export interface HalfRun {
  readonly name: string;
  readonly run: (device: Device) => Promise<void>;
}

/** A model in 16-bit floats of the graph, whose constants are rounded. */
async function withModel(
  device: Device,
  graph: Graph,
  use: (model: Model) => Promise<void>,
): Promise<void> {
  halveConstants(graph);
  const model = await load(graph, { device, precision: "f16" });
  try {
    await use(model);
  } finally {
    model.dispose();
  }
}

async function runPorts(device: Device, graph: Graph): Promise<void> {
  const feeds = halvedAll(feedsOf(graph));
  await withModel(device, graph, async (model) => {
    await checkPorts(model, device, { graph, feeds, tolerance: HALF_TOLERANCE });
  });
}

async function runImage(device: Device): Promise<void> {
  const graph = convolution(IMAGE);
  const { pixels, numbers } = photo(IMAGE[2], IMAGE[3], 5);
  await withModel(device, graph, async (model) => {
    const outputs = await model.run(pixels, { preprocess: AS_IT_IS });
    expectNear(outputs, evaluateGraph(graph, { x: numbers }), HALF_TOLERANCE);
  });
}

/** What overflows becomes the greatest number, wherever it comes from. */
async function runOverflow(device: Device): Promise<void> {
  const graph = buildGraph({ x: [1, 3] }, (builder, x) => ({
    x: builder.unary(x, { kind: "identity" }),
    y: builder.unary(x, { kind: "square" }),
  }));
  await withModel(device, graph, async (model) => {
    const given = Float32Array.of(300, 1e9, -Infinity);
    const float32 = (...data: number[]) =>
      ({ shape: [1, 3], dtype: "float32", data: Float32Array.from(data) }) as const;
    const expected = { x: float32(300, 65504, -65504), y: float32(65504, 65504, 65504) };
    expectNear(await model.run(given), expected, 0);
    const { y, x } = await model.runToGpu(given);
    expectNear({ y: await fromBuffer(device, y) }, { y: expected.y }, 0);
    for (const output of [x, y]) output.destroy();
  });
}

async function runVerify(device: Device): Promise<void> {
  const graph = convolution([2, 5, 7, 3]);
  const { firstBad, rows } = await verify(graph, feedsOf(graph), device, { precision: "f16" });
  const errors = rows.map(({ maxError, maxAbs }) => maxError / maxAbs);
  if (firstBad || errors.length === 0 || Math.max(...errors) > HALF_TOLERANCE) {
    throw new Error(`verify found errors of ${errors.join()} of the greatest magnitude`);
  }
}

/** Half of the bytes of f32. */
async function runSizes(device: Device): Promise<void> {
  const graph = convolution(IMAGE);
  const whole = await load(graph, { device });
  await withModel(device, graph, (model) => {
    const [half, full] = [model.statistics, whole.statistics];
    for (const name of ["weightBytes", "arenaBytes", "lowerBoundBytes"] as const) {
      if (half[name] * 2 !== full[name]) {
        throw new Error(`${name} is ${half[name]}, expected half of ${full[name]}`);
      }
    }
    return Promise.resolve();
  });
  whole.dispose();
}

/** A convolution by a kernel that only GPUs get, with a gate on its load and a sum on its store. */
async function runGpuKernel(device: Device, kernel: string, index: number): Promise<void> {
  const pixels = kernel.startsWith("pointwise") ? 0 : 1;
  const graph = buildGraph({ x: [2, 36, 9, 7] }, (b, x) => {
    const gated = b.binary("mul", x, b.op("globalAveragePool", [x], {}));
    const padding = [pixels, pixels, pixels, pixels] as const;
    const y = conv(b, gated, { out: 36, kernel: 2 * pixels + 1, padding });
    return { y: b.unary(b.binary("add", y, x), { kind: "relu" }) };
  });
  halveConstants(graph);
  const feeds = halvedAll(feedsOf(graph));
  const traits = { ...device.traits, software: false };
  const scheduler = await Scheduler.create(
    device,
    planWith(graph, traits, kernel, index, { elements: F16 })!,
  );
  try {
    const inputs = new Map([["x", { kind: "host", data: feeds.x.data } as const]]);
    expectNear(await scheduler.run(inputs), evaluateGraph(graph, feeds), HALF_TOLERANCE);
  } finally {
    scheduler.dispose();
  }
}

export const HALF_RUNS: readonly HalfRun[] = [
  ...PORT_GRAPHS.map(([name, graph]) => ({
    name: `from and to GPU buffers: ${name}`,
    run: (device: Device) => runPorts(device, graph),
  })),
  { name: "takes an image for the numbers of its pixels", run: runImage },
  { name: "stores what overflows as 65504", run: runOverflow },
  { name: "verify passes", run: runVerify },
  ...GPU_KERNELS.flatMap((kernel) =>
    [0, 1].map((index) => ({
      name: `conv/${kernel}, tile ${index}`,
      run: (device: Device) => runGpuKernel(device, kernel, index),
    })),
  ),
  { name: "takes half of the memory", run: runSizes },
];
