/** Weights by name and by formula. */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { WeightsError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { editDistance, nearestName } from "../../src/graph/nearest.ts";
import { syntheticInput, syntheticNumber, syntheticWeights } from "../../src/graph/synthetic.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";

/** One convolution, one batch norm, one linear layer. */
function tinyGraph(): Graph {
  const builder = new GraphBuilder("tiny");
  const parameter = (key: string, shape: Shape) => builder.parameter(key, shape);
  const x = builder.input("x", [1, 2, 1, 1]);
  const convolved = builder.conv2d(x, parameter("conv.weight", [3, 2, 1, 1]), null);
  const norm = ["weight", "bias", "running_mean", "running_var"].map((name) =>
    parameter(`bn.${name}`, [3]),
  );
  const normed = builder.op("batchNorm", [convolved, ...norm], { epsilon: 1e-5 });
  const flat = builder.reshape(normed, [1, 3]);
  builder.output("y", builder.linear(flat, parameter("fc.weight", [5, 3]), null));
  return builder.graph;
}

const change = (edit: (weights: Map<string, Tensor>) => void): Map<string, Tensor> => {
  const weights = syntheticWeights(tinyGraph());
  edit(weights);
  return weights;
};

describe("bindWeights", () => {
  it("fills a copy and leaves the graph as it was", () => {
    const graph = tinyGraph();
    const weights = syntheticWeights(graph);
    const bound = bindWeights(graph, weights, "formula");
    for (const value of listParameters(bound)) {
      expect(value.constant).toBe(weights.get(value.parameter ?? ""));
    }
    expect(listParameters(bound)).toHaveLength(6);
    expect(listParameters(graph).every((value) => value.constant === null)).toBe(true);
  });

  it("finds names that begin with module., and ignores tensors that the graph does not name", () => {
    const weights = new Map(
      [...syntheticWeights(tinyGraph())].map(([key, value]) => [`module.${key}`, value]),
    );
    weights.set("module.bn.num_batches_tracked", tensor([], new Int32Array([7])));
    const bound = bindWeights(tinyGraph(), weights, "x.safetensors");
    expect(listParameters(bound).every((value) => value.constant !== null)).toBe(true);
  });

  it("takes a 1x1 convolution for a linear layer, and the reverse", () => {
    const weights = change((map) => {
      map.set("fc.weight", tensor([5, 3, 1, 1], new Float32Array(15).fill(2)));
      map.set("conv.weight", tensor([3, 2], new Float32Array(6).fill(3)));
    });
    const bound = listParameters(bindWeights(tinyGraph(), weights, "x.safetensors"));
    const constants = new Map(bound.map((value) => [value.parameter, value.constant]));
    expect(constants.get("fc.weight")).toEqual(tensor([5, 3], new Float32Array(15).fill(2)));
    expect(constants.get("conv.weight")).toEqual(tensor([3, 2, 1, 1], new Float32Array(6).fill(3)));
  });

  it("names the missing tensor and the nearest of the file", () => {
    const weights = change((map) => map.delete("bn.running_var"));
    const bind = () => bindWeights(tinyGraph(), weights, "tiny.safetensors");
    expect(bind).toThrow(WeightsError);
    expect(bind).toThrow(
      'weights: "bn.running_var" is missing from tiny.safetensors; 5 tensors found, ' +
        'nearest "bn.running_mean"',
    );
    expect(() => bindWeights(tinyGraph(), new Map(), "empty.safetensors")).toThrow(
      /^weights: "conv.weight" is missing from empty.safetensors; 0 tensors found$/,
    );
  });

  it("says both shapes when they differ", () => {
    const graph = network("squeezenet1_1");
    const weights = syntheticWeights(graph);
    weights.set("features.0.weight", tensor([64, 3, 5, 5], new Float32Array(4800)));
    expect(() => bindWeights(graph, weights, "x.safetensors")).toThrow(
      'weights: "features.0.weight" of x.safetensors has shape 64x3x5x5, ' +
        "but the network needs 64x3x3x3",
    );
  });

  it.each([[[3]], [[5, 3, 1]], [[3, 5]], [[5, 3, 1, 2]], [[5, 1, 3, 1]]])(
    "refuses %j for a linear layer of 5x3",
    (shape: number[]) => {
      const size = shape.reduce((product, n) => product * n, 1);
      const weights = change((map) => map.set("fc.weight", tensor(shape, new Float32Array(size))));
      expect(() => bindWeights(tinyGraph(), weights, "f")).toThrow("but the network needs 5x3");
    },
  );

  it("refuses integers", () => {
    const weights = change((map) => map.set("bn.bias", tensor([3], new Int32Array(3))));
    expect(() => bindWeights(tinyGraph(), weights, "x.safetensors")).toThrow(
      'weights: "bn.bias" of x.safetensors is int32, but the network needs float32',
    );
  });
});

describe("nearestName", () => {
  it.each([
    ["kitten", "sitting", 3],
    ["", "abc", 3],
    ["abc", "", 3],
    ["same", "same", 0],
    ["flaw", "lawn", 2],
  ])("knows that %j and %j are %d edits apart", (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it("prefers the same layer to another layer's tensor of the same name", () => {
    const names = ["features.3.bn1.running_var", "features.3.bn2.weight", "fc.weight"];
    expect(nearestName("features.3.bn2.running_var", names)).toBe("features.3.bn2.weight");
  });

  it("stays quick with names and lists of absurd length", () => {
    const names = Array.from({ length: 200_000 }, (_, i) => `${i}.`.repeat(40));
    names[0] = "x".repeat(1e6);
    const start = performance.now();
    expect(nearestName("y".repeat(1e6), names)).not.toBeNull();
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe("synthetic numbers", () => {
  // murmur3's finaliser maps 0 to 0 and 1 to 0x514e28b7.
  it("hash the counter", () => {
    expect(syntheticNumber(0)).toBe(-1);
    expect(syntheticNumber(1)).toBe(Math.fround(0x514e28b7 / 2 ** 31 - 1));
    expect(syntheticNumber(-1)).toBe(syntheticNumber(0xffffffff));
  });

  it("fill an input from its own counter", () => {
    const input = syntheticInput([1, 1, 2, 2]);
    expect(input.shape).toEqual([1, 1, 2, 2]);
    expect([...input.data]).toEqual([0, 1, 2, 3].map((i) => syntheticNumber(0x40000000 + i)));
  });

  it("fill weights with one counter, each kind in its range", () => {
    const weights = syntheticWeights(tinyGraph());
    const expected = (first: number, count: number, shift: number, scale: number) =>
      Array.from({ length: count }, (_, i) => shift + scale * syntheticNumber(first + i));
    const ranges = {
      "conv.weight": expected(0, 6, 0, Math.sqrt(3)),
      "bn.weight": expected(6, 3, 1, 0.25),
      "bn.bias": expected(9, 3, 0, 0.1),
      "bn.running_mean": expected(12, 3, 0, 0.1),
      "bn.running_var": expected(15, 3, 1.25, 0.25),
      "fc.weight": expected(18, 15, 0, Math.sqrt(2)),
    };
    expect([...weights.keys()]).toEqual(Object.keys(ranges));
    for (const [key, numbers] of Object.entries(ranges)) {
      [...(weights.get(key)?.data ?? [])].forEach((x, i) => expect(x).toBeCloseTo(numbers[i], 6));
    }
  });

  it("have nothing to do for a graph without parameters", () => {
    const builder = new GraphBuilder("imported");
    const x = builder.input("x", [1, 1, 4, 4]);
    const weight = builder.constant(tensor([1, 1, 1, 1], new Float32Array([2])));
    builder.output("y", builder.conv2d(x, weight, null));
    expect(syntheticWeights(builder.graph).size).toBe(0);
  });
});
