/** What the residual blocks and networks do where no fixture looks. */
import { describe, expect, it } from "vitest";
import { hsBlock } from "../../src/blocks/hs-block.ts";
import { network } from "../../src/blocks/networks.ts";
import { residualPlaces } from "../../src/blocks/networks/residual.ts";
import { res2NetBottleneck } from "../../src/blocks/res2net-bottleneck.ts";
import { resNeStBottleneck } from "../../src/blocks/resnest-bottleneck.ts";
import { residualBottleneck } from "../../src/blocks/residual-bottleneck.ts";
import { selectiveKernel } from "../../src/blocks/selective-kernel.ts";
import { chunkSizes } from "../../src/blocks/split.ts";
import { splitAttention } from "../../src/blocks/split-attention.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import { listParameters } from "../../src/graph/weights.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { graphLayers } from "./graph-layers.ts";
import { graphOf, outputOf } from "./build.ts";

describe("chunkSizes", () => {
  it.each([
    [64, 8, [8, 8, 8, 8, 8, 8, 8, 8]],
    [64, 5, [13, 13, 13, 13, 12]],
    [10, 8, [2, 2, 2, 2, 2]],
    [3, 8, [1, 1, 1]],
    [7, 1, [7]],
  ])("divides %d channels by %d as torch.chunk does", (channels, parts, sizes) => {
    expect(chunkSizes(channels, parts)).toEqual(sizes);
  });
});

describe("hsBlock", () => {
  // c_2 = w, c_i = w + floor(c_(i-1) / 2)
  it.each([
    [64, 8, [8, 12, 14, 15, 15, 15, 15]],
    [26 * 5, 5, [26, 39, 45, 48]],
    [4, 4, [1, 1, 1]],
    [9, 1, []],
  ])("filters %d channels in %d groups of growing width", (channels, splits, widths) => {
    const graph = graphOf([1, channels, 3, 2], (scope, x) => hsBlock(scope, x, { splits }));
    const filters = graph.nodes.flatMap(({ op, outputs }) =>
      op === "conv2d" ? [outputs[0].shape[1]] : [],
    );
    expect(filters).toEqual(widths);
    expect(graph.outputs[0].value.shape).toEqual([1, channels, 3, 2]);
    const expected = widths.reduce((sum, c) => sum + 9 * c * c + 3 * c, 0);
    expect(countParameters(graph)).toBe(expected);
  });

  it("passes the first group through", () => {
    const graph = graphOf([1, 6, 2, 2], (scope, x) => hsBlock(scope, x, { splits: 3 }));
    const x = tensor(
      [1, 6, 2, 2],
      Float32Array.from({ length: 24 }, (_, i) => i - 7),
    );
    expect([...outputOf(graph, x).data.slice(0, 8)]).toEqual([...x.data.slice(0, 8)]);
  });
});

describe("res2NetBottleneck", () => {
  it("is a bottleneck where it has one group", () => {
    const options = { outChannels: 32, stride: 2 };
    const one = graphOf([1, 16, 6, 5], (scope, x) =>
      res2NetBottleneck(scope, x, { ...options, width: 8, scale: 1, isFirst: true }),
    );
    const plain = graphOf([1, 16, 6, 5], (scope, x) =>
      residualBottleneck(scope, x, { ...options, width: 8 }),
    );
    expect(countMacs(one)).toBe(countMacs(plain));
    expect([...outputOf(one).data]).toEqual([...outputOf(plain).data]);
  });
});

describe("selectiveKernel", () => {
  it("weights three branches of dilation 1, 2 and 3 by numbers whose sum is 1", () => {
    const graph = graphOf([1, 6, 7, 5], (scope, x) =>
      selectiveKernel(scope, x, { outChannels: 4, descriptorChannels: 8, branches: 3 }),
    );
    expect(graphLayers(graph).filter((line) => line.startsWith("paths"))).toEqual([
      "paths.0.conv 6-4 k3 s1 d1 g1 7x5-7x5",
      "paths.1.conv 6-4 k3 s1 d2 g1 7x5-7x5",
      "paths.2.conv 6-4 k3 s1 d3 g1 7x5-7x5",
    ]);
    const weights = syntheticWeights(graph);
    // Without kernels each branch is the same constant, so their weighted sum is that constant.
    for (const m of [0, 1, 2]) {
      weights.set(`paths.${m}.conv.weight`, tensor([4, 6, 3, 3], new Float32Array(216)));
      weights.set(`paths.${m}.bn.running_mean`, tensor([4], new Float32Array(4)));
      weights.set(`paths.${m}.bn.bias`, tensor([4], Float32Array.of(1, 2, 3, 4)));
    }
    const { data } = outputOf(graph, undefined, weights);
    data.forEach((y, i) => expect(y).toBeCloseTo(1 + Math.floor(i / 35), 6));
  });
});

describe("splitAttention", () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [4, 4],
  ])("keeps the channels with radix %d and cardinality %d", (radix, cardinality) => {
    const graph = graphOf([2, 48, 5, 3], (scope, x) =>
      splitAttention(scope, x, { outChannels: 48, radix, cardinality }),
    );
    expect(graph.outputs[0].value.shape).toEqual([2, 48, 5, 3]);
    const inner = Math.max((48 * radix) / 4, 32);
    const shapes = new Map(listParameters(graph).map(({ name, shape }) => [name, shape]));
    const groups = cardinality * radix;
    expect(shapes.get("conv.weight")).toEqual([48 * radix, 48 / groups, 3, 3]);
    expect(shapes.get("fc1.weight")).toEqual([inner, 48 / cardinality, 1, 1]);
    expect(shapes.get("fc2.weight")).toEqual([48 * radix, inner / cardinality, 1, 1]);
  });
});

describe("resNeStBottleneck", () => {
  it("is a bottleneck of ResNet-D with radix 0, and pools where the stride is 1 if it is first", () => {
    const options = { width: 8, outChannels: 16, radix: 0 };
    const plain = graphOf([1, 16, 6, 5], (scope, x) => resNeStBottleneck(scope, x, options));
    const resNet = graphOf([1, 16, 6, 5], (scope, x) => residualBottleneck(scope, x, options));
    expect([...outputOf(plain).data]).toEqual([...outputOf(resNet).data]);
    const first = graphOf([1, 16, 6, 5], (scope, x) =>
      resNeStBottleneck(scope, x, { ...options, isFirst: true }),
    );
    expect(first.nodes.map(({ op }) => op)).toContain("averagePool2d");
    expect(first.outputs[0].value.shape).toEqual([1, 16, 6, 5]);
  });
});

describe("residualPlaces", () => {
  it("dilates after the block that would have had the stride", () => {
    const places = residualPlaces([1, 2, 2, 2], 8).map(({ stride, dilation, firstDilation }) => [
      stride,
      dilation,
      firstDilation,
    ]);
    expect(places).toEqual([
      [1, 1, 1],
      [2, 1, 1],
      [1, 1, 1],
      [1, 2, 1],
      [1, 2, 2],
      [1, 4, 2],
      [1, 4, 4],
    ]);
  });
});

describe("the output stride", () => {
  it.each(["resnet18", "resnet50", "resnet50d", "resnest14d", "res2net50_26w_4s", "seresnet50"])(
    "of %s keeps its weights and enlarges its features",
    (id) => {
      const [full, dilated] = [32, 8].map((outputStride) =>
        network(id, { inputSize: 64, outputStride }),
      );
      expect(listParameters(dilated).map(({ shape }) => shape)).toEqual(
        listParameters(full).map(({ shape }) => shape),
      );
      const features = dilated.nodes.filter(({ op }) => op === "globalAveragePool").pop();
      expect(features?.inputs[0]?.shape.slice(2)).toEqual([8, 8]);
      expect(sizeOf(dilated.outputs[0].value.shape)).toBe(1000);
    },
  );

  it("is refused where the code has none", () => {
    expect(() => network("sknet50", { outputStride: 8 })).toThrow(
      'network "sknet50": output stride 8 given, expected 32',
    );
  });
});
