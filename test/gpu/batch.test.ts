/** Batches: every item gives what it gives alone, whether the batch is built or given to a graph. */
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { adoptDevice } from "../../src/gpu/device.ts";
import { withBatch } from "../../src/graph/batch.ts";
import type { GraphBuilder } from "../../src/graph/builder.ts";
import { GraphError } from "../../src/graph/errors.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { syntheticInput, syntheticWeights } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { createModel, load } from "../../src/model.ts";
import type { LoadOptions } from "../../src/model.ts";
import { encodeNode } from "../formats/onnx-encode.ts";
import { expectNear } from "./compare.ts";
import { CountingDevice } from "./counting-device.ts";
import { AS_IT_IS, IMAGE, photo } from "./port-graphs.ts";
import { testDevice } from "./run-kernel.ts";
import { buildGraph, convolution } from "./small-models.ts";

const LIMIT_MS = 240_000;

/** The same sums in another order, where a batch has other tiles. */
const TOLERANCE = 1e-5;

/** `count` inputs that differ, and all of them as one. */
function items(shape: Shape, count: number): { readonly each: Tensor[]; readonly all: Tensor } {
  const all = syntheticInput([count, ...shape.slice(1)]);
  const size = sizeOf(shape);
  const each = Array.from({ length: count }, (_, i) => ({
    ...all,
    shape,
    data: all.data.slice(i * size, (i + 1) * size),
  }));
  return { each, all };
}

/** Item `index` of every output. */
function itemOf(outputs: Readonly<Record<string, Tensor>>, index: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { shape, dtype, data }]) => {
      const one = [1, ...shape.slice(1)];
      const size = sizeOf(one);
      return [name, { shape: one, dtype, data: data.slice(index * size, (index + 1) * size) }];
    }),
  );
}

/** Runs a graph item by item, and as a batch. */
async function compare(graph: Graph, batched: Graph, count: number): Promise<void> {
  const device = await testDevice();
  const [single, many] = [await load(graph, { device }), await load(batched, { device })];
  const { each, all } = items(graph.inputs[0].shape, count);
  const outputs = await many.run(all);
  for (const [i, item] of each.entries()) {
    expectNear(itemOf(outputs, i), await single.run(item), TOLERANCE);
  }
  single.dispose();
  many.dispose();
}

const withFormula = (graph: Graph): Graph => bindWeights(graph, syntheticWeights(graph), "formula");

describe("networks", { tags: ["slow"] }, () => {
  test.each([
    "squeezenet1_1",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "shufflenet_v2_x0_5",
    "ghostnet_100",
    "resnet18",
  ])("%s gives three items as one by one", { timeout: LIMIT_MS }, async (id) => {
    const inputSize = [64, 64] as const;
    const graph = withFormula(network(id, { inputSize }));
    const built = withFormula(network(id, { inputSize, batch: 3 }));
    const given = withBatch(graph, 3);
    const shapes = (of: Graph) => of.nodes.map(({ op, outputs }) => [op, outputs[0].shape]);
    expect(shapes(given)).toEqual(shapes(built));
    await compare(graph, given, 3);
  });

  test("are built for a batch by createModel", { timeout: LIMIT_MS }, async () => {
    const device = await testDevice();
    const options = { device, inputSize: [32, 32], batch: 2 } as const;
    const model = await createModel("squeezenet1_1", "synthetic", options);
    expect(model.inputs.map(({ shape }) => shape)).toEqual([[2, 3, 32, 32]]);
    expect(model.outputs[0].shape[0]).toBe(2);
    model.dispose();
  });
});

/** What blocks are made of, beyond convolutions. */
const PIECES: Readonly<Record<string, (builder: GraphBuilder, x: Value) => Value>> = {
  "a channel shuffle": (builder, x) => {
    const groups = builder.reshape(x, [1, 2, 4, 5, 6]);
    return builder.reshape(builder.transpose(groups, [0, 2, 1, 3, 4]), [1, 8, 5, 6]);
  },
  "slices and a concatenation": (builder, x) => {
    const part = (start: number, size: number): Value =>
      builder.op("slice", [x], {
        axes: [0, 1],
        starts: [0, start],
        sizes: [1, size],
        steps: [1, 1],
      });
    return builder.concat([builder.unary(part(5, 3), { kind: "relu" }), part(0, 5)]);
  },
  "a squeeze and a gate": (builder, x) => {
    const mean = builder.op("reduce", [x], { kind: "mean", axes: [2, 3], keepDims: true });
    return builder.binary("mul", x, builder.unary(mean, { kind: "sigmoid" }));
  },
  "a constant and a softmax": (builder, x) => {
    const table = builder.constant(syntheticInput([1, 8, 1, 1]));
    return builder.op("softmax", [builder.binary("add", table, x)], { axis: -3 });
  },
  "rows, a product of matrices and an expansion": (builder, x) => {
    const rows = builder.reshape(x, [1, 8, 30]);
    const squares = builder.op("matmul", [rows, builder.transpose(rows, [0, 2, 1])], {});
    const column = builder.op("slice", [squares], {
      axes: [2],
      starts: [3],
      sizes: [1],
      steps: [1],
    });
    return builder.op("expand", [column], { shape: [1, 8, 4] });
  },
  "indices into a table": (builder, x) => {
    const flat = builder.reshape(x, [1, 240]);
    const [, best] = builder.apply("topK", [flat], { axis: 1, k: 3, largest: true });
    const table = builder.constant(syntheticInput([240, 2]));
    return builder.op("gather", [table, best], { axis: 0 });
  },
  "a padding and a larger map": (builder, x) => {
    const [before, after] = [
      [0, 0, 1, 2],
      [0, 1, 0, 2],
    ];
    const padded = builder.op("pad", [x], { before, after, mode: "constant", value: 1 });
    return builder.op("resize", [padded], {
      mode: "nearest",
      size: [12, 20],
      coordinates: "asymmetric",
      rounding: "floor",
    });
  },
};

describe("a graph with", () => {
  test.each(Object.entries(PIECES))("%s is given a batch", async (_, piece) => {
    const graph = buildGraph({ x: [1, 8, 5, 6] }, (builder, x) => ({ y: piece(builder, x) }));
    await compare(graph, withBatch(graph, 3), 3);
  });
});

describe("a batch", () => {
  test.each<readonly [string, (builder: GraphBuilder, x: Value) => Value, string]>([
    [
      "of what is reduced",
      (builder, x) => builder.op("reduce", [x], { kind: "sum", axes: [-4], keepDims: true }),
      'batch 2: reduce "node" computes across the items of a batch',
    ],
    [
      "whose axis is dropped",
      (builder, x) => builder.op("reshape", [x], { shape: [8, 30] }),
      'batch 2: reshape "node" moves or drops the axis of the batch',
    ],
    [
      "whose axis is moved",
      (builder, x) => builder.op("transpose", [x], { perm: [1, 0, 2, 3] }),
      'batch 2: transpose "node" moves or drops the axis of the batch',
    ],
    [
      "that is joined along its axis",
      (builder, x) => builder.op("concat", [x, x], { axis: 0 }),
      'batch 2: concat "node" computes across the items of a batch',
    ],
    [
      "that meets more axes",
      (builder, x) =>
        builder.op("binary", [x, builder.constant(syntheticInput([7, 1, 1, 1, 1]))], {
          kind: "add",
        }),
      'batch 2: binary "node" moves or drops the axis of the batch',
    ],
  ])("%s is refused", (_, make, message) => {
    const graph = buildGraph({ x: [1, 8, 5, 6] }, (builder, x) => {
      const y = make(builder, x);
      y.producer!.name = "node";
      return { y };
    });
    expect(() => withBatch(graph, 2)).toThrow(new GraphError(message));
  });

  test("of a graph that has one already, or of no size, is refused", () => {
    expect(() => withBatch(convolution([2, 3, 4, 4]), 4)).toThrow(
      new GraphError('batch 4: input "x" has shape 2x3x4x4, expected 1 as its first size'),
    );
    expect(() => withBatch(convolution(IMAGE), 0)).toThrow(
      new GraphError("batch is 0, expected a whole number of at least 1"),
    );
  });

  test("is an option of load, for files too", async () => {
    const device = await testDevice();
    const options: LoadOptions = { device, batch: 3 };
    const file = encodeNode("Relu", IMAGE);
    const [model, single] = [await load(file, options), await load(file, { device })];
    const { each, all } = items(IMAGE, 3);
    const outputs = await model.run(all);
    for (const [i, item] of each.entries()) {
      expectNear(itemOf(outputs, i), await single.run(item), 0);
    }
    model.dispose();
    single.dispose();
  });
});

describe("images", () => {
  const readers = {
    quads: convolution(IMAGE),
    rows: buildGraph({ x: IMAGE }, (builder, x) => ({
      y: builder.op("softmax", [x], { axis: 3 }),
    })),
  };

  test.each(Object.entries(readers))("of several sizes fill a batch in %s", async (_, graph) => {
    const device = new CountingDevice((await testDevice()).gpu);
    const adopted = adoptDevice(device.gpu);
    const [model, single] = [
      await load(graph, { device: adopted, batch: 3 }),
      await load(graph, { device: adopted }),
    ];
    const options = { preprocess: AS_IT_IS };
    const images = [photo(6, 5, 3).pixels, photo(3, 5, 7).pixels, photo(6, 5, 11).pixels];
    for (const order of [images, [...images].reverse()]) {
      const outputs = await model.run([order[0], { image: order[1] }, order[2]], options);
      for (const [i, image] of order.entries()) {
        expectNear(itemOf(outputs, i), await single.run(image, options), TOLERANCE);
      }
    }
    device.reset();
    await model.run(images.toReversed(), options);
    expect(device.created).toEqual({ createCommandEncoder: 1 });
    model.dispose();
    single.dispose();
    await expect.poll(() => [device.aliveBytes, device.aliveTextures]).toEqual([0, 0]);
  });
});
