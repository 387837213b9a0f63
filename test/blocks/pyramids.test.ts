/** The feature pyramid and Lite R-ASPP, of which there are no fixtures: by hand, and by counts. */
import { describe, expect, it } from "vitest";
import { featurePyramid } from "../../src/blocks/feature-pyramid.ts";
import { liteRaspp } from "../../src/blocks/lite-raspp.ts";
import { network } from "../../src/blocks/networks.ts";
import { Scope } from "../../src/blocks/scope.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";

/** A pyramid over levels of the given shapes, with outputs p0, p1, ... */
function pyramidOf(shapes: readonly Shape[], outChannels: number, levels?: number): Graph {
  const builder = new GraphBuilder("pyramid");
  const features = shapes.map((shape, i) => builder.input(`c${i}`, shape));
  featurePyramid(new Scope(builder), features, { outChannels, levels }).forEach((level, i) => {
    builder.output(`p${i}`, level);
  });
  return builder.graph;
}

/** Weights that pass on their input: 1 at the middle of each kernel, biases of 0. */
function passing(graph: Graph): Map<string, Tensor> {
  return new Map(
    listParameters(graph).map(({ parameter, name, shape }) => {
      const data = new Float32Array(sizeOf(shape));
      if (shape.length === 4) data[Math.floor(data.length / 2)] = 1;
      return [parameter ?? name, tensor(shape, data)];
    }),
  );
}

describe("featurePyramid", () => {
  it("adds to each level what comes from above, also where sizes are odd", () => {
    const graph = pyramidOf(
      [
        [1, 1, 3, 3],
        [1, 1, 2, 2],
        [1, 1, 1, 1],
      ],
      1,
    );
    const bound = bindWeights(graph, passing(graph), "passing");
    const outputs = evaluateGraph(bound, {
      c0: tensor([1, 1, 3, 3], Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)),
      c1: tensor([1, 1, 2, 2], Float32Array.of(10, 20, 30, 40)),
      c2: tensor([1, 1, 1, 1], Float32Array.of(100)),
    });
    expect([...outputs.p2.data]).toEqual([100]);
    expect([...outputs.p1.data]).toEqual([110, 120, 130, 140]);
    // Pixel i of 3 is above pixel floor(2 i / 3) of 2.
    expect([...outputs.p0.data]).toEqual([111, 112, 123, 114, 115, 126, 137, 138, 149]);
  });

  it("has mmdetection's names, and further levels without weights", () => {
    const levels: Shape[] = [
      [2, 256, 56, 56],
      [2, 512, 28, 28],
      [2, 1024, 14, 14],
      [2, 2048, 7, 7],
    ];
    const graph = pyramidOf(levels, 256, 5);
    expect(graph.outputs.map(({ value }) => value.shape)).toEqual([
      [2, 256, 56, 56],
      [2, 256, 28, 28],
      [2, 256, 14, 14],
      [2, 256, 7, 7],
      [2, 256, 4, 4],
    ]);
    const keys = listParameters(graph).map(({ parameter }) => parameter);
    expect(keys.slice(0, 2)).toEqual(["lateral_convs.0.conv.weight", "lateral_convs.0.conv.bias"]);
    expect(keys[8]).toBe("fpn_convs.0.conv.weight");
    // 256 (256 + 512 + 1024 + 2048) + 4 * 9 * 256^2 weights, 8 * 256 biases.
    expect(countParameters(graph)).toBe(983040 + 2359296 + 2048);
  });
});

/** The head of 21 classes on the features of MobileNetV3-Large at 224 pixels. */
function head(): Graph {
  const builder = new GraphBuilder("head");
  const low = builder.input("low", [1, 40, 28, 28]);
  const high = builder.input("high", [1, 960, 14, 14]);
  const size = [224, 224] as const;
  const y = liteRaspp(new Scope(builder), { low, high }, { classes: 21, size });
  builder.output("y", y);
  return builder.graph;
}

describe("liteRaspp", () => {
  // torchvision's lraspp_mobilenet_v3_large has 3221538 parameters and 379281312 MACs.
  it("completes the counts of torchvision's network", () => {
    const backbone = network("mobilenet_v3_large", { outputStride: 16 });
    const classifier = { parameters: 961 * 1280 + 1281 * 1000, macs: 960 * 1280 + 1280 * 1000 };
    const graph = head();
    const parameters = countParameters(backbone) - classifier.parameters;
    expect(parameters + countParameters(graph)).toBe(3221538);
    expect(countMacs(backbone) - classifier.macs + countMacs(graph)).toBe(379281312);
    expect(graph.outputs[0].value.shape).toEqual([1, 21, 224, 224]);
  });

  it("has torchvision's names", () => {
    expect(listParameters(head()).map(({ parameter }) => parameter)).toEqual([
      "cbr.0.weight",
      "cbr.1.weight",
      "cbr.1.bias",
      "cbr.1.running_mean",
      "cbr.1.running_var",
      "scale.1.weight",
      "low_classifier.weight",
      "low_classifier.bias",
      "high_classifier.weight",
      "high_classifier.bias",
    ]);
  });

  it("gates the coarse features by their mean, and adds the fine ones", () => {
    const builder = new GraphBuilder("tiny");
    const low = builder.input("low", [1, 1, 2, 2]);
    const high = builder.input("high", [1, 1, 1, 1]);
    const options = { classes: 1, channels: 1, size: [2, 2] } as const;
    builder.output("y", liteRaspp(new Scope(builder, { epsilon: 0 }), { low, high }, options));
    const weights = passing(builder.graph);
    weights.set("cbr.1.weight", tensor([1], Float32Array.of(1)));
    weights.set("cbr.1.running_var", tensor([1], Float32Array.of(1)));
    const { y } = evaluateGraph(bindWeights(builder.graph, weights, "passing"), {
      low: tensor([1, 1, 2, 2], Float32Array.of(1, 2, 3, 4)),
      high: tensor([1, 1, 1, 1], Float32Array.of(2)),
    });
    const coarse = 2 / (1 + Math.exp(-2));
    [1, 2, 3, 4].forEach((fine, i) => expect(y.data[i]).toBeCloseTo(fine + coarse, 6));
  });
});
