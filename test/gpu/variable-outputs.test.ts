/** Outputs of which the data decide how many rows count. */
import { expect, test } from "vitest";
import { formatExplanation } from "../../src/explain.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import { BUFFER, MAP_READ } from "../../src/gpu/usage.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { ShapeError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { inspect } from "../../src/inspect.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { CountingDevice } from "./counting-device.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

/** y is the first `n` rows of -x; `all` is the whole. */
function firstRows(shape: Shape): Graph {
  const builder = new GraphBuilder("rows");
  const x = builder.input("x", shape);
  const n = builder.input("n", [1], "int32");
  const y = builder.unary(x, { kind: "neg" });
  builder.output("y", y, { length: builder.binary("add", n, n) });
  builder.output("all", y);
  return builder.graph;
}

const feeds = (shape: Shape, n: number): Record<string, Tensor> => ({
  x: syntheticInput(shape),
  n: tensor([1], Int32Array.of(n)),
});

// Row-major, and in channel quads.
test.each([[[8, 3]], [[8, 5, 2, 3]], [[8]]])(
  "an output of %j has the rows that its length says, or all",
  async (shape) => {
    const graph = firstRows(shape);
    const model = await load(graph, { device: await testDevice() });
    for (const n of [0, 1, 3, 4, 70]) {
      const outputs = await model.run(feeds(shape, n));
      expect(outputs.y.shape).toEqual([Math.min(8, 2 * n), ...shape.slice(1)]);
      expect(outputs.all.shape).toEqual(shape);
      expectNear(outputs, evaluateGraph(graph, feeds(shape, n)), 0);
    }
    model.dispose();
  },
);

test("an output with a length is read back in the one pass and the one copy of a run", async () => {
  const device = new CountingDevice((await testDevice()).gpu);
  const model = await load(firstRows([8, 3]), { device: adoptDevice(device.gpu) });
  await model.run(feeds([8, 3], 1));
  device.reset();
  await model.run(feeds([8, 3], 2));
  expect([device.counts.beginComputePass, device.counts.submit]).toEqual([1, 1]);
  expect(device.created).toEqual({ createCommandEncoder: 1 });
  model.dispose();
});

test("on the GPU such an output is whole, and its length stands behind the last element", async () => {
  const device = await testDevice();
  const model = await load(firstRows([8, 3]), { device });
  const { y, all } = await model.runToGpu(feeds([8, 3], 3));
  expect([y.shape, y.variable, all.variable]).toEqual([[8, 3], true, undefined]);
  expect([y.buffer.size, all.buffer.size]).toEqual([100, 96]);
  const readback = device.gpu.createBuffer({ size: 100, usage: BUFFER.COPY_DST | BUFFER.MAP_READ });
  const encoder = device.gpu.createCommandEncoder();
  encoder.copyBufferToBuffer(y.buffer, 0, readback, 0, 100);
  device.gpu.queue.submit([encoder.finish()]);
  await readback.mapAsync(MAP_READ);
  const numbers = [...new Float32Array(readback.getMappedRange())];
  expect(numbers).toEqual([...syntheticInput([8, 3]).data].map((x) => -x).concat(6));
  for (const buffer of [y, all, readback]) buffer.destroy();
  model.dispose();
});

test("inspect, outputs and explain tell which outputs have such a length", async () => {
  const graph = firstRows([8, 3]);
  const outputs = [
    { name: "y", shape: [8, 3], dtype: "float32", variable: true },
    { name: "all", shape: [8, 3], dtype: "float32" },
  ];
  expect(inspect(graph).outputs).toEqual(outputs);
  const model = await load(graph, { device: await testDevice() });
  expect(model.outputs).toEqual(outputs);
  expect(model.explain().outputs).toEqual(outputs);
  expect(formatExplanation(model.explain()).split("\n")[2]).toBe(
    'output "y": up to 8x3, its rows depend on the data',
  );
  model.dispose();
});

test("a length that is not one number, or of a value without rows, is refused", () => {
  const builder = new GraphBuilder("wrong");
  const x = builder.input("x", [2, 3]);
  const one = builder.input("one", []);
  expect(() => builder.output("y", x, { length: x })).toThrow(
    new ShapeError(
      'output "y": the length has shape 2x3 and the value 2x3, expected one number and at least one axis',
    ),
  );
  expect(() => builder.output("z", one, { length: one })).toThrow(
    new ShapeError(
      'output "z": the length has shape scalar and the value scalar, expected one number and at least one axis',
    ),
  );
});
