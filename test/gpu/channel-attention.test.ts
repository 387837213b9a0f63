/** Efficient channel attention as blocks and files spell it, fused and not, on the GPU. */
import { expect, test } from "vitest";
import {
  channelKernel,
  efficientChannelAttention,
} from "../../src/blocks/efficient-channel-attention.ts";
import { Scope } from "../../src/blocks/scope.ts";
import { compile } from "../../src/compiler/compile.ts";
import { loadLowerTable } from "../../src/compiler/lower/table.ts";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { Scheduler } from "../../src/gpu/scheduler.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { conv, dispatchesOf, numbers } from "../compiler/graphs.ts";
import { encodeOnnx, floats, longs } from "../formats/onnx-encode.ts";
import type { NodeSpec, TensorSpec } from "../formats/onnx-encode.ts";
import { differenceOf } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

type Size = readonly [images: number, channels: number, height: number, width: number];

/** A convolution, the block, a convolution: the product rides on the load of the last. */
function blockGraph(size: Size, kernel?: number): Graph {
  const builder = new GraphBuilder("eca");
  const x = conv(builder, builder.input("x", size), { out: size[1], name: "before" });
  const y = efficientChannelAttention(new Scope(builder), x, { kernel });
  builder.output("y", conv(builder, y, { out: 8, name: "behind" }));
  return bindWeights(builder.graph, syntheticWeights(builder.graph), "formula");
}

/** Means [N, C, 1] -> their convolution [N, C, 1], with a bias and a dilation. */
function dilated(size: Size): Graph {
  const builder = new GraphBuilder("dilated");
  const x = builder.input("x", size);
  const mean = builder.op("reduce", [x], { kind: "mean", axes: [2, 3], keepDims: false });
  const column = builder.reshape(mean, [size[0], 1, size[1], 1]);
  const weight = builder.constant(numbers([1, 1, 4, 1]));
  const bias = builder.constant(numbers([1], { seed: 2 }));
  const y: Value = builder.conv2d(column, weight, bias, {
    padding: [4, 0, 5, 0],
    dilation: [3, 1],
  });
  const logits = builder.reshape(y, [size[0], size[1], 1, 1]);
  const gate = builder.unary(logits, { kind: "hardSigmoid", alpha: 0.2, beta: 0.5 });
  builder.output("y", builder.binary("mul", builder.unary(x, { kind: "relu" }), gate));
  return builder.graph;
}

const TAPS = floats("taps", [1, 1, 5], [0.5, -0.25, 1, 0.75, -0.5]);

function fileOf(size: Size, nodes: NodeSpec[], initializers: TensorSpec[]): Graph {
  const file = encodeOnnx({
    inputs: [{ name: "x", shape: [...size] }],
    initializers: [TAPS, ...initializers],
    nodes,
  });
  return parseOnnx(file, { name: "eca.onnx" });
}

const node = (op: string, from: string, to: string, attributes?: NodeSpec["attributes"]) => ({
  op,
  name: to,
  inputs: from.split(" "),
  outputs: [to],
  attributes,
});
const convolution = { kernel_shape: [5], pads: [2, 2] };

/** timm's EcaModule: mean, view, convolution, sigmoid, view, expand_as. */
const timmFile = (size: Size): Graph =>
  fileOf(
    size,
    [
      node("ReduceMean", "x", "mean", { axes: [2, 3], keepdims: 0 }),
      node("Reshape", "mean row", "means", {}),
      node("Conv", "means taps", "logits", convolution),
      node("Sigmoid", "logits", "gates"),
      node("Reshape", "gates column", "gate"),
      node("Shape", "x", "shape"),
      node("Expand", "gate shape", "wide"),
      node("Mul", "x wide", "y"),
    ],
    [longs("row", [size[0], 1, -1]), longs("column", [size[0], -1, 1, 1])],
  );

/** The authors' eca_layer: pool, squeeze, transpose, convolution, transpose, unsqueeze, sigmoid. */
const authorsFile = (size: Size): Graph =>
  fileOf(
    size,
    [
      node("GlobalAveragePool", "x", "mean"),
      node("Squeeze", "mean last", "column"),
      node("Transpose", "column", "row", { perm: [0, 2, 1] }),
      node("Conv", "row taps", "logits", convolution),
      node("Transpose", "logits", "back", { perm: [0, 2, 1] }),
      node("Unsqueeze", "back last", "map"),
      node("Sigmoid", "map", "gate"),
      node("Expand", "gate shape", "wide"),
      node("Mul", "x wide", "y"),
    ],
    [longs("last", [-1]), longs("shape", [...size])],
  );

async function run(
  graph: Graph,
  x: Tensor,
  isFused: boolean,
  traits: Partial<DeviceTraits> = {},
): Promise<{ y: Tensor; dispatches: string[] }> {
  const device = await testDevice();
  const fuse = { efficientChannelAttention: isFused };
  const table = await loadLowerTable(graph, fuse);
  const plan = compile(graph, { ...device.traits, ...traits }, { fuse }, table);
  const scheduler = await Scheduler.create(device, plan);
  try {
    const { y } = await scheduler.run(new Map([["x", { kind: "host", data: x.data }]]));
    return { y, dispatches: dispatchesOf(plan) };
  } finally {
    scheduler.dispose();
  }
}

const SIZES: readonly Size[] = [
  [1, 16, 5, 6],
  [2, 7, 3, 1],
  [3, 2, 1, 9],
  [1, 90, 9, 7],
  [2, 1030, 3, 2],
];

const GRAPHS: Readonly<Record<string, (size: Size) => Graph>> = {
  "the block": (size) => blockGraph(size),
  "the block with 7 taps": (size) => blockGraph(size, 7),
  "dilated taps with a bias": dilated,
  "timm's file": timmFile,
  "the authors' file": authorsFile,
};

test.each(Object.entries(GRAPHS))(
  "%s is one kernel and equals what its nodes compute",
  async (_, make) => {
    for (const size of SIZES) {
      const graph = make(size);
      const x = syntheticInput(size);
      const { y: expected } = evaluateGraph(graph, { x });
      const unfused = await run(graph, x, false);
      for (const software of [true, false]) {
        const { y, dispatches } = await run(graph, x, true, { software });
        const where = `${size.join("x")} software=${software}`;
        const kernels = dispatches.map((name) => name.replace(/ >.*/, ""));
        expect(
          kernels.filter((name) => name.startsWith("gate/")),
          where,
        ).toEqual(["gate/channel-conv"]);
        expect(dispatches.join(), where).not.toMatch(/reduce|layout\/(?!flat-to-quads)/);
        const reference = differenceOf(y.data, expected.data);
        expect(reference.maxError, where).toBeLessThanOrEqual(1e-4 * reference.maxAbs);
        const apart = differenceOf(y.data, unfused.y.data);
        expect(apart.maxError, where).toBeLessThanOrEqual(1e-5 * apart.maxAbs);
      }
    }
  },
);

test("the gate rides on the load of the convolution behind it", async () => {
  const { dispatches } = await run(blockGraph([1, 16, 5, 6]), syntheticInput([1, 16, 5, 6]), true);
  expect(dispatches).toEqual([
    "conv/pointwise",
    "gate/channel-conv > sigmoid",
    "mul > conv/pointwise",
  ]);
});

test("the block takes the number of taps from the channels, as the paper does", () => {
  expect([1, 16, 64, 128, 256, 512, 1024, 2048].map(channelKernel)).toEqual([
    3, 3, 3, 5, 5, 5, 5, 7,
  ]);
});
