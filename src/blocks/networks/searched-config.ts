/** Reads the JSON descriptions (`net.config`) of Once-for-All, ProxylessNAS and MCUNet. */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import type { Graph } from "../../graph/graph.ts";
import { HARD_SIGMOID, HARD_SWISH, RELU, RELU6, SIGMOID, SILU } from "../activations.ts";
import { ConfigReader } from "./config-reader.ts";
import type { NetworkOptions } from "./options.ts";
import { buildSearched } from "./searched.ts";
import type { SearchedBlock, SearchedLayer, SearchedNetwork } from "./searched.ts";

/** `act_func`, by `build_activation` of once-for-all. */
const ACTIVATIONS: Readonly<Record<string, UnaryAttributes | null>> = {
  relu: RELU,
  relu6: RELU6,
  h_swish: HARD_SWISH,
  swish: SILU,
  sigmoid: SIGMOID,
  h_sigmoid: HARD_SIGMOID,
  none: null,
};

/** Networks that are deeper are not believed. */
const MAX_BLOCKS = 1000;

function activationOf(layer: ConfigReader): UnaryAttributes | null {
  return ACTIVATIONS[layer.oneOf("act_func", Object.keys(ACTIVATIONS), "none")];
}

/** Checks that a layer reads what the last one wrote. */
function checkChannels(layer: ConfigReader, name: string, expected: number): void {
  const channels = layer.integer(name);
  if (channels !== expected) {
    layer.fail(`"${name}" is ${channels}, but the layer before has ${expected} channels`);
  }
}

interface Convolution {
  readonly inChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly batchNorm: boolean;
}

/** A `ConvLayer` of a place where only one kind is known. */
function readLayer(layer: ConfigReader, expected: Convolution): SearchedLayer {
  checkChannels(layer, "in_channels", expected.inChannels);
  layer.expect("kernel_size", expected.kernel, 3);
  layer.expect("stride", expected.stride, 1);
  layer.expect("dilation", 1, 1);
  layer.expect("groups", 1, 1);
  layer.expect("use_bn", expected.batchNorm, true);
  layer.expect("use_se", false, false);
  layer.expect("ops_order", "weight_bn_act", "weight_bn_act");
  if (expected.batchNorm) layer.expect("bias", false, false);
  return { outChannels: layer.integer("out_channels"), activation: activationOf(layer) };
}

/** Both generations of names: `mobile_inverted_conv` is `conv` now. */
function readBlock(block: ConfigReader, inChannels: number): SearchedBlock | null {
  const layer = block.object("conv") ?? block.object("mobile_inverted_conv");
  if (!layer || layer.text("name") === "ZeroLayer") return null;
  layer.oneOf("name", ["MBConvLayer", "MBInvertedConvLayer"]);
  checkChannels(layer, "in_channels", inChannels);
  const kernel = layer.integer("kernel_size");
  if (kernel % 2 === 0) layer.fail(`"kernel_size" is ${kernel}, expected an odd number`);
  layer.expect("groups", null, null);
  const expand = layer.number("expand_ratio", 6);
  const middle = layer.integer("mid_channels", Math.round(inChannels * expand));
  if (expand === 1 && middle !== inChannels) {
    layer.fail(`"mid_channels" is ${middle} without an expansion of ${inChannels} channels`);
  }
  const shortcut = block.object("shortcut");
  const residual = shortcut !== null && shortcut.text("name") !== "ZeroLayer";
  if (residual) shortcut.expect("name", "IdentityLayer");
  return {
    kernel,
    middleChannels: expand === 1 ? null : middle,
    outChannels: layer.integer("out_channels"),
    stride: layer.integer("stride", 1),
    activation: activationOf(layer),
    squeezeExcite: layer.flag("use_se"),
    residual,
  };
}

/** A layer that may be absent, with its place in the network. */
function readOptional(
  config: ConfigReader,
  name: string,
  expected: Convolution,
): (SearchedLayer & { readonly name: string; readonly bias: boolean }) | null {
  const layer = config.object(name);
  return layer && { name, bias: layer.flag("bias"), ...readLayer(layer, expected) };
}

/**
 * Reads a `net.config`, parsed: `MobileNetV3` of Once-for-All (also its older forms) and
 * `ProxylessNASNets` of ProxylessNAS and MCUNet.
 * @throws FormatError for what the networks of those projects cannot be
 */
export function readSearchedConfig(json: unknown): SearchedNetwork {
  const config = new ConfigReader(json, "net.config");
  const kind = config.oneOf("name", ["MobileNetV3", "ProxylessNASNets"]);
  const first = config.object("first_conv") ?? config.fail('has no "first_conv"');
  const stem = readLayer(first, { inChannels: 3, kernel: 3, stride: 2, batchNorm: true });
  let channels = stem.outChannels;
  const listed = config.objects("blocks");
  if (listed.length > MAX_BLOCKS) {
    config.fail(`has ${listed.length} blocks, expected at most ${MAX_BLOCKS}`);
  }
  const blocks = listed.map((item) => {
    const block = readBlock(item, channels);
    channels = block?.outChannels ?? channels;
    return block;
  });
  const pointwise = { kernel: 1, stride: 1 };
  const expandName = kind === "MobileNetV3" ? "final_expand_layer" : "feature_mix_layer";
  const expand = readOptional(config, expandName, {
    ...pointwise,
    inChannels: channels,
    batchNorm: true,
  });
  channels = expand?.outChannels ?? channels;
  const mix =
    kind === "MobileNetV3"
      ? readOptional(config, "feature_mix_layer", {
          ...pointwise,
          inChannels: channels,
          batchNorm: false,
        })
      : null;
  const classifier = config.object("classifier") ?? config.fail('has no "classifier"');
  checkChannels(classifier, "in_features", mix?.outChannels ?? channels);
  classifier.expect("bias", true, true);
  classifier.expect("use_bn", false, false);
  return {
    inputSize: config.integer("resolution", 224),
    classes: classifier.integer("out_features"),
    epsilon: config.object("bn")?.number("eps", 1e-5) ?? 1e-5,
    stem,
    blocks,
    expand,
    mix,
  };
}

/**
 * The network that a `net.config` describes, without weights: `bindWeights` fills them.
 * @param json the parsed file
 * @throws FormatError when it is not of a kind that is known; ShapeError when an option does not fit
 * @example
 * const graph = searchedNetwork(await (await fetch("mcunet-320kb-1mb_imagenet.json")).json());
 */
export function searchedNetwork(
  json: unknown,
  { name = "net.config", ...options }: NetworkOptions & { readonly name?: string } = {},
): Graph {
  return buildSearched(name, readSearchedConfig(json), options);
}
