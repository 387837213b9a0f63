/** Networks from the JSON descriptions of Once-for-All, ProxylessNAS and MCUNet. */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { readSearchedConfig, searchedNetwork } from "../../src/blocks/networks/searched-config.ts";
import { FormatError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { formatShape } from "../../src/graph/tensor.ts";
import { listParameters } from "../../src/graph/weights.ts";

type Json = Record<string, unknown>;

const layer = (name: string, members: Json): Json => ({
  name,
  use_bn: true,
  dropout_rate: 0,
  ops_order: "weight_bn_act",
  ...members,
});

const convolution = (inChannels: number, outChannels: number, members: Json): Json =>
  layer("ConvLayer", {
    kernel_size: 1,
    stride: 1,
    dilation: 1,
    groups: 1,
    bias: false,
    has_shuffle: false,
    in_channels: inChannels,
    out_channels: outChannels,
    ...members,
  });

const IDENTITY = layer("IdentityLayer", { use_bn: false, act_func: null });

const LINEAR = (inFeatures: number): Json =>
  layer("LinearLayer", { in_features: inFeatures, out_features: 10, bias: true, use_bn: false });

/** As ProxylessNAS and MCUNet write it. */
const PROXYLESS = (): Json => ({
  name: "ProxylessNASNets",
  bn: { momentum: 0.1, eps: 0.001 },
  first_conv: convolution(3, 8, { kernel_size: 3, stride: 2, act_func: "relu6" }),
  blocks: [
    {
      name: "MobileInvertedResidualBlock",
      mobile_inverted_conv: {
        name: "MBInvertedConvLayer",
        in_channels: 8,
        out_channels: 8,
        kernel_size: 3,
        stride: 1,
        expand_ratio: 1,
        mid_channels: null,
        act_func: "relu6",
        use_se: false,
      },
      shortcut: IDENTITY,
    },
    { mobile_inverted_conv: { name: "ZeroLayer" }, shortcut: IDENTITY },
    {
      mobile_inverted_conv: {
        name: "MBInvertedConvLayer",
        in_channels: 8,
        out_channels: 12,
        kernel_size: 7,
        stride: 2,
        expand_ratio: 3,
        mid_channels: 20,
        act_func: "relu6",
      },
      shortcut: null,
    },
  ],
  feature_mix_layer: null,
  classifier: LINEAR(12),
  resolution: 40,
});

/** As Once-for-All writes it. */
const ONCE_FOR_ALL = (): Json => ({
  name: "MobileNetV3",
  bn: { momentum: 0.1, eps: 1e-5 },
  first_conv: convolution(3, 8, { kernel_size: 3, stride: 2, act_func: "h_swish" }),
  blocks: [
    {
      name: "ResidualBlock",
      conv: {
        name: "MBConvLayer",
        in_channels: 8,
        out_channels: 8,
        kernel_size: 5,
        stride: 1,
        expand_ratio: 4,
        mid_channels: null,
        act_func: "relu",
        use_se: true,
        groups: null,
      },
      shortcut: IDENTITY,
    },
  ],
  final_expand_layer: convolution(8, 48, { act_func: "h_swish" }),
  feature_mix_layer: convolution(48, 64, { act_func: "h_swish", use_bn: false }),
  classifier: LINEAR(64),
});

const layersOf = (graph: Graph): string[] =>
  graph.nodes.flatMap(({ op, name, outputs }) =>
    op === "conv2d" || op === "linear" || op === "binary"
      ? [`${name} ${formatShape(outputs[0].shape)}`]
      : [],
  );

describe("searchedNetwork", () => {
  it("builds what ProxylessNAS and MCUNet describe, with layers that were left out", () => {
    const graph = searchedNetwork(PROXYLESS(), { name: "mine" });
    expect(graph.name).toBe("mine");
    expect(graph.inputs[0].shape).toEqual([1, 3, 40, 40]);
    expect(layersOf(graph)).toEqual([
      "first_conv.conv 1x8x20x20",
      "blocks.0.conv.depth_conv.conv 1x8x20x20",
      "blocks.0.conv.point_linear.conv 1x8x20x20",
      "blocks.0.add 1x8x20x20",
      "blocks.2.conv.inverted_bottleneck.conv 1x20x20x20",
      "blocks.2.conv.depth_conv.conv 1x20x10x10",
      "blocks.2.conv.point_linear.conv 1x12x10x10",
      "classifier.linear 1x10",
    ]);
    const norm = graph.nodes.find(({ op }) => op === "batchNorm");
    expect(norm?.attributes).toEqual({ epsilon: 0.001 });
  });

  it("builds what Once-for-All describes, with a layer after pooling", () => {
    const graph = searchedNetwork(ONCE_FOR_ALL(), { inputSize: 64, classes: 5 });
    expect(layersOf(graph)).toEqual([
      "first_conv.conv 1x8x32x32",
      "blocks.0.conv.inverted_bottleneck.conv 1x32x32x32",
      "blocks.0.conv.depth_conv.conv 1x32x32x32",
      "blocks.0.conv.depth_conv.se.fc.reduce 1x8x1x1",
      "blocks.0.conv.depth_conv.se.fc.expand 1x32x1x1",
      "blocks.0.conv.depth_conv.se.fc.scale 1x32x32x32",
      "blocks.0.conv.point_linear.conv 1x8x32x32",
      "blocks.0.add 1x8x32x32",
      "final_expand_layer.conv 1x48x32x32",
      "feature_mix_layer.conv 1x64x1x1",
      "classifier.linear 1x5",
    ]);
    const keys = listParameters(graph).map(({ parameter }) => parameter);
    expect(keys).toContain("feature_mix_layer.conv.weight");
    expect(keys).not.toContain("feature_mix_layer.conv.bias");
  });

  it("puts the mixing layer of ProxylessNAS before pooling, with a batch norm", () => {
    const json = PROXYLESS();
    json.feature_mix_layer = convolution(12, 32, { act_func: "relu6" });
    json.classifier = LINEAR(32);
    const layers = layersOf(searchedNetwork(json));
    expect(layers.slice(-2)).toEqual([
      "feature_mix_layer.conv 1x32x10x10",
      "classifier.linear 1x10",
    ]);
  });

  it("reads defaults where a description says nothing", () => {
    const { inputSize, epsilon } = readSearchedConfig({ ...ONCE_FOR_ALL(), bn: undefined });
    expect({ inputSize, epsilon }).toEqual({ inputSize: 224, epsilon: 1e-5 });
  });
});

describe("searchedNetwork refuses", () => {
  const blockWith = (members: Json): Json => {
    const json = ONCE_FOR_ALL();
    const [block] = json.blocks as [{ conv: Json }];
    return { ...json, blocks: [{ ...block, conv: { ...block.conv, ...members } }] };
  };

  it.each([
    [null, "net.config: expected an object"],
    [[], "net.config: expected an object"],
    [{}, 'net.config: has no "name"'],
    [
      { ...PROXYLESS(), name: "ResNets" },
      'net.config: "name" is "ResNets", expected MobileNetV3 or ProxylessNASNets',
    ],
    [{ name: "MobileNetV3" }, 'net.config: has no "first_conv"'],
    [{ ...PROXYLESS(), blocks: 3 }, 'net.config: "blocks" is 3, expected a list'],
    [
      { ...PROXYLESS(), blocks: new Array(1001).fill({}) },
      "net.config: has 1001 blocks, expected at most 1000",
    ],
    [
      { ...PROXYLESS(), first_conv: convolution(3, 8, { kernel_size: [5, 11], stride: 2 }) },
      'net.config, first_conv: "kernel_size" is [5,11], expected 3',
    ],
    [
      { ...PROXYLESS(), classifier: LINEAR(99) },
      'net.config, classifier: "in_features" is 99, but the layer before has 12 channels',
    ],
    [
      blockWith({ in_channels: 9 }),
      'net.config, blocks[0], conv: "in_channels" is 9, but the layer before has 8 channels',
    ],
    [
      blockWith({ kernel_size: 4 }),
      'net.config, blocks[0], conv: "kernel_size" is 4, expected an odd number',
    ],
    [
      blockWith({ stride: 1.5 }),
      'net.config, blocks[0], conv: "stride" is 1.5, expected an integer of 1 to 65536',
    ],
    [
      blockWith({ out_channels: 1e9 }),
      'net.config, blocks[0], conv: "out_channels" is 1000000000, expected a number up to 65536',
    ],
    [
      blockWith({ expand_ratio: 1, mid_channels: 7 }),
      'net.config, blocks[0], conv: "mid_channels" is 7 without an expansion of 8 channels',
    ],
    [
      blockWith({ act_func: "tanh" }),
      'net.config, blocks[0], conv: "act_func" is "tanh", expected relu or relu6 or h_swish or ' +
        "swish or sigmoid or h_sigmoid or none",
    ],
    [
      blockWith({ use_se: 1 }),
      'net.config, blocks[0], conv: "use_se" is 1, expected true or false',
    ],
    [blockWith({ groups: 2 }), 'net.config, blocks[0], conv: "groups" is 2, expected null'],
  ])("%#", (json: unknown, message) => {
    expect(() => searchedNetwork(json)).toThrow(FormatError);
    expect(() => searchedNetwork(json)).toThrow(message);
  });
});

describe("mcunet-in3", () => {
  it("is what its description says", () => {
    // The released mcunet-320kb-1mb_imagenet.json, in short: in, middle, out, kernel, stride.
    const rows = `16 - 8 3 1, 8 24 16 7 2, 16 80 16 3 1, 16 80 16 7 1, 16 64 16 5 1, 16 80 24 5 2,
      24 120 24 5 1, 24 120 24 5 1, 24 120 40 3 2, 40 240 40 7 1, 40 160 40 5 1, 40 200 48 5 1,
      48 240 48 7 1, 48 240 48 3 1, 48 288 96 3 2, 96 480 96 7 1, 96 384 96 3 1, 96 480 160 7 1`;
    const blocks = rows.split(",").map((row) => {
      const [inChannels, middle, outChannels, kernel, stride] = row.trim().split(" ");
      return {
        mobile_inverted_conv: {
          name: "MBInvertedConvLayer",
          in_channels: Number(inChannels),
          out_channels: Number(outChannels),
          kernel_size: Number(kernel),
          stride: Number(stride),
          expand_ratio: middle === "-" ? 1 : Number(middle) / Number(inChannels),
          mid_channels: middle === "-" ? null : Number(middle),
          act_func: "relu6",
          use_se: false,
        },
        shortcut: inChannels === outChannels && stride === "1" ? IDENTITY : null,
      };
    });
    const graph = searchedNetwork(
      {
        ...PROXYLESS(),
        bn: { momentum: 0.1, eps: 1e-5 },
        first_conv: convolution(3, 16, { kernel_size: 3, stride: 2, act_func: "relu6" }),
        blocks,
        classifier: { ...LINEAR(160), out_features: 1000 },
        resolution: 176,
      },
      { name: "mcunet-in3" },
    );
    const nodes = ({ nodes: list }: Graph) =>
      list.map(({ op, name, attributes, outputs }) => ({
        op,
        name,
        attributes,
        shape: outputs[0].shape,
      }));
    expect(nodes(graph)).toEqual(nodes(network("mcunet-in3")));
  });
});
