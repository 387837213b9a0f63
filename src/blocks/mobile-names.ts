/** Where libraries keep the weights of the MobileNets and their kin: the same layers, other names. */

/** Convolution and batch norm, from the scope of the block or network. */
export type Names = readonly [convolution: string, norm: string];

/** The layers of an inverted residual. */
export interface InvertedResidualNames {
  readonly expand: Names;
  readonly depthwise: Names;
  readonly squeezeExcite: string;
  /** The two layers of squeeze-and-excitation. */
  readonly gate: readonly [string, string];
  readonly project: Names;
}

/** Names may depend on which layers there are. */
export type NameInvertedResidual = (
  hasExpansion: boolean,
  hasGate: boolean,
) => InvertedResidualNames;

/** torchvision `mobilenetv2.py`: the projection is not in a group of its own. */
export const TORCHVISION_V2: NameInvertedResidual = (hasExpansion) => {
  const first = hasExpansion ? 1 : 0;
  return {
    expand: ["conv.0.0", "conv.0.1"],
    depthwise: [`conv.${first}.0`, `conv.${first}.1`],
    squeezeExcite: "",
    gate: ["", ""],
    project: [`conv.${first + 1}`, `conv.${first + 2}`],
  };
};

/** d-li14/HBONet `hbonet.py`: one sequence of all layers, activations included. */
export const HBONET: NameInvertedResidual = (hasExpansion) => {
  const first = hasExpansion ? 3 : 0;
  return {
    expand: ["conv.0", "conv.1"],
    depthwise: [`conv.${first}`, `conv.${first + 1}`],
    squeezeExcite: "",
    gate: ["", ""],
    project: [`conv.${first + 3}`, `conv.${first + 4}`],
  };
};

/** torchvision `mobilenetv3.py` and `efficientnet.py`: a sequence of groups. */
export const TORCHVISION_BLOCK: NameInvertedResidual = (hasExpansion, hasGate) => {
  const first = hasExpansion ? 1 : 0;
  const last = first + (hasGate ? 2 : 1);
  return {
    expand: ["block.0.0", "block.0.1"],
    depthwise: [`block.${first}.0`, `block.${first}.1`],
    squeezeExcite: `block.${first + 1}`,
    gate: ["fc1", "fc2"],
    project: [`block.${last}.0`, `block.${last}.1`],
  };
};

/** timm `_efficientnet_blocks.py`: without an expansion it is a DepthwiseSeparableConv. */
export const TIMM: NameInvertedResidual = (hasExpansion) => ({
  expand: ["conv_pw", "bn1"],
  depthwise: ["conv_dw", hasExpansion ? "bn2" : "bn1"],
  squeezeExcite: "se",
  gate: ["conv_reduce", "conv_expand"],
  project: hasExpansion ? ["conv_pwl", "bn3"] : ["conv_pw", "bn2"],
});

/** once-for-all `utils/layers.py`, MBConvLayer. */
export const ONCE_FOR_ALL: NameInvertedResidual = () => ({
  expand: ["inverted_bottleneck.conv", "inverted_bottleneck.bn"],
  depthwise: ["depth_conv.conv", "depth_conv.bn"],
  squeezeExcite: "depth_conv.se.fc",
  gate: ["reduce", "expand"],
  project: ["point_linear.conv", "point_linear.bn"],
});
