/** Widths and output strides that have no golden: published sizes, and layers by the authors' rules. */
import { describe, expect, it } from "vitest";
import { HBONET_CODE, harmoniousBottleneck } from "../../src/blocks/harmonious-bottleneck.ts";
import { network } from "../../src/blocks/networks.ts";
import { placeBlocks } from "../../src/blocks/networks/stages.ts";
import { Scope } from "../../src/blocks/scope.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { ShapeError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { listParameters } from "../../src/graph/weights.ts";

const millions = (count: number, digits: number): string => (count / 1e6).toFixed(digits);

describe("a width multiplier", () => {
  // Table 6 of arXiv 1704.04861.
  it.each([
    [0.75, "2.6", "325"],
    [0.5, "1.3", "149"],
    [0.25, "0.5", "41"],
  ])("of %d gives MobileNetV1 %s million parameters and %s million MACs", (width, size, macs) => {
    const graph = network("mobilenetv1_100", { width });
    expect([millions(countParameters(graph), 1), millions(countMacs(graph), 0)]).toEqual([
      size,
      macs,
    ]);
  });

  // As timm lists them.
  it.each([
    ["mobilenetv2_100", 0.5, "1.97"],
    ["mobilenetv2_100", 1.4, "6.11"],
    ["mobilenet_v2", 1.4, "6.11"],
    ["mobilenetv3_large_100", 0.75, "3.99"],
    ["mobilenetv3_small_100", 0.75, "2.04"],
    ["mobilenetv3_small_100", 0.5, "1.59"],
    ["tf_mobilenetv3_large_100", 0.75, "3.99"],
    ["ghostnet_100", 0.5, "2.59"],
    ["ghostnet_100", 1.3, "7.36"],
  ])("makes of %s at %d a network of %s million parameters", (id, width, size) => {
    expect(millions(countParameters(network(id, { width })), 2)).toBe(size);
  });

  // As timm lists them, and by `_scale_stage_depth` of its `_efficientnet_builder.py`.
  it.each([
    ["mobilenetv2_110d", "4.52", [1, 3, 4, 5, 4, 4, 1], [16, 24, 32, 72, 104, 176, 352]],
    ["mobilenetv2_120d", "5.83", [1, 3, 5, 6, 5, 5, 1], [24, 32, 40, 80, 112, 192, 384]],
  ])("and one of depth make %s, of %s million parameters", (id, size, repeats, channels) => {
    const graph = network(id);
    expect(millions(countParameters(graph), 2)).toBe(size);
    const shapes = listParameters(graph).map(
      ({ parameter, shape }) => [parameter!, shape] as const,
    );
    const last = shapes.filter(([name]) => /conv_pwl|blocks\.0\.\d+\.conv_pw\./.test(name));
    const stages = repeats.map((_, i) => last.filter(([name]) => name.startsWith(`blocks.${i}.`)));
    expect(stages.map((blocks) => blocks.length)).toEqual(repeats);
    expect(stages.map(([[, [outs]]]) => outs)).toEqual(channels);
    const sizes = new Map(shapes);
    expect(sizes.get("conv_stem.weight")).toEqual([32, 3, 3, 3]);
    expect(sizes.get("conv_head.weight")).toEqual([1280, channels[6], 1, 1]);
    expect(() => network(id, { width: 0.5 })).toThrow(
      `network "${id}": width 0.5 given, but it has no width multiplier`,
    );
  });

  it("keeps the stem and the embedding of timm's narrow MobileNetV3", () => {
    const shapes = new Map(
      listParameters(network("mobilenetv3_small_100", { width: 0.5 })).map((value) => [
        value.parameter,
        value.shape,
      ]),
    );
    expect(shapes.get("conv_stem.weight")).toEqual([16, 3, 3, 3]);
    expect(shapes.get("blocks.1.0.conv_pw.weight")).toEqual([40, 8, 1, 1]);
    expect(shapes.get("conv_head.weight")).toEqual([1024, 288, 1, 1]);
  });

  it("makes of a small sub-network of Once-for-All the wide one of its authors", () => {
    const graph = network("ofa_flops389M", { width: 1 });
    const wide = network("ofa_flops389M");
    expect(countParameters(network("ofa_flops389M", { width: 1.2 }))).toBe(countParameters(wide));
    const shapes = new Map(listParameters(graph).map((value) => [value.parameter, value.shape]));
    expect(shapes.get("first_conv.conv.weight")).toEqual([16, 3, 3, 3]);
    expect(shapes.get("final_expand_layer.conv.weight")).toEqual([960, 160, 1, 1]);
    expect(() => network("ofa_flops389M", { width: -1 })).toThrow(
      'network "ofa_flops389M": width -1 is not valid, expected more than 0, at most 64',
    );
  });

  it("of a ShuffleNet is one of those that its authors chose", () => {
    expect(countParameters(network("shufflenet_v2_x1_0", { width: 1.5 }))).toBe(3503624);
    expect(() => network("shufflenet_v2_x1_0", { width: 0.7 })).toThrow(
      'network "shufflenet_v2_x1_0": width 0.7 given, expected 0.5 or 1 or 1.5 or 2',
    );
  });
});

/** Dilations of the depthwise convolutions after those that are not dilated. */
function dilations(graph: Graph): number[] {
  const all = graph.nodes.flatMap(({ op, attributes }) =>
    op === "conv2d" && attributes.groups > 1 ? [attributes.dilation[0]] : [],
  );
  return all.slice(all.findIndex((dilation) => dilation > 1));
}

/** Height of the feature map that the classifier's mean is taken of. */
function lastHeight(graph: Graph): number | undefined {
  const pools = graph.nodes.filter(({ op }) => op === "globalAveragePool");
  return pools[pools.length - 1].inputs[0]?.shape[2];
}

describe("an output stride", () => {
  it.each([
    ["mobilenetv1_100", 16, [2]],
    ["mobilenetv1_100", 8, [2, 2, 2, 2, 2, 2, 4]],
    ["mobilenetv2_100", 16, [2, 2, 2]],
    ["mobilenetv3_large_100", 16, [2, 2]],
    // torchvision dilates the block that loses its stride too.
    ["mobilenet_v3_large", 16, [2, 2, 2]],
    ["efficientnet_b0", 8, [2, 2, 2, 2, 2, 2, 4, 4, 4, 4]],
  ])("gives %s, at %d, a large last map by dilations", (id, outputStride, expected) => {
    const graph = network(id, { outputStride });
    expect(lastHeight(graph)).toBe(224 / outputStride);
    expect(dilations(graph)).toEqual(expected);
    expect(countParameters(graph)).toBe(countParameters(network(id)));
  });

  it("keeps TensorFlow's padding as large as the dilated kernel", () => {
    const graph = network("tf_efficientnet_b0", { outputStride: 16, inputSize: 63 });
    expect(lastHeight(graph)).toBe(4);
  });

  it("is one of those that a network has", () => {
    expect(() => network("mobilenet_v3_large", { outputStride: 8 })).toThrow(
      'network "mobilenet_v3_large": output stride 8 given, expected 32 or 16',
    );
  });
});

describe("placeBlocks", () => {
  it("begins a stage where the channels change, and strides with the first of a row", () => {
    const rows = [
      { outChannels: 8, stride: 2, repeats: 2 },
      { outChannels: 8, stride: 1 },
      { outChannels: 16, stride: 2 },
    ];
    const placed = placeBlocks(rows, { outputStride: 32 });
    expect(placed.map(({ stage, index, stride }) => [stage, index, stride])).toEqual([
      [0, 0, 2],
      [0, 1, 1],
      [0, 2, 1],
      [1, 0, 2],
    ]);
  });
});

describe("harmoniousBottleneck", () => {
  const bottleneck = (channels: number, size: number, outChannels: number, contraction: number) => {
    const builder = new GraphBuilder("block");
    const x = builder.input("x", [1, channels, size, size]);
    const scope = new Scope(builder, { path: "features.2" });
    const options = { expand: 2, outChannels, stride: 1, contraction, code: HBONET_CODE };
    return () => harmoniousBottleneck(scope, x, options);
  };

  it("takes channels that both halves of the output share", () => {
    expect(bottleneck(20, 16, 36, 2)().shape).toEqual([1, 36, 16, 16]);
  });

  it("refuses images that it could not put together again", () => {
    const odd = bottleneck(20, 12, 36, 8);
    expect(odd).toThrow(ShapeError);
    expect(odd).toThrow('harmonious bottleneck "features.2": x is 12x12, expected multiples of 8');
  });

  it("refuses fewer channels than half of its output", () => {
    expect(bottleneck(17, 16, 36, 2)).toThrow(
      'harmonious bottleneck "features.2": x has 17 channels, but half of the 36 of the output ' +
        "are taken from it, so at least 18 were expected",
    );
  });
});
