/** A stage of residual blocks of which half of the channels pass by: CSPResNe(X)t and CSPDarknet. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import type { CspFusion } from "./csp-dense-stage.ts";
import { activate, add, convBnAct } from "./layers.ts";
import type { ConvolutionOptions } from "./layers.ts";
import type { Scope } from "./scope.ts";
import { splitChannels } from "./split.ts";

export interface CspStageOptions {
  readonly outChannels: number;
  readonly stride: number;
  /** Residual blocks. */
  readonly depth: number;
  /** ResNet's bottleneck, activated after the sum, or Darknet's 1x1 and 3x3, activated before. */
  readonly block: "bottleneck" | "dark";
  /** Channels of both halves together over `outChannels`; 1 by default. */
  readonly expandRatio?: number;
  /** Channels of a block's output over `outChannels`; 1 by default. */
  readonly blockRatio?: number;
  /** Channels inside of a block over those of its output; 1 by default. */
  readonly bottleRatio?: number;
  /** ResNeXt's cardinality, also of the strided convolution. */
  readonly groups?: number;
  /** The strided convolution has the channels of the output already. */
  readonly downGrowth?: boolean;
  /** The 1x1 convolution before the halves part is linear. */
  readonly crossLinear?: boolean;
  /** Where the halves are mixed; "both" in the published networks, "first" leaves `conv_transition_b` out. */
  readonly fusion?: CspFusion;
  /** Which half passes by, and its place in the concatenation: "first" in timm, "last" in Darknet. */
  readonly cross?: "first" | "last";
  readonly activation: UnaryAttributes;
}

/** x [N, C, H, W] -> [N, O blockRatio, H, W] */
function residualBlock(scope: Scope, x: Value, options: CspStageOptions): Value {
  const { outChannels, blockRatio = 1, bottleRatio = 1, groups, activation } = options;
  const channels = Math.round(outChannels * blockRatio);
  const inner = Math.round(channels * bottleRatio);
  const layer = (i: number, value: Value, layerOptions: ConvolutionOptions) =>
    convBnAct(scope.at(`conv${i}`), value, { names: ["conv", "bn"], ...layerOptions });
  const reduced = layer(1, x, { outChannels: inner, activation });
  if (options.block === "dark") {
    const spatial = { outChannels: channels, kernel: 3, groups, activation };
    return add(scope, layer(2, reduced, spatial), x);
  }
  const filtered = layer(2, reduced, { outChannels: inner, kernel: 3, groups, activation });
  const expanded = layer(3, filtered, { outChannels: channels, activation: null });
  return activate(scope, add(scope, expanded, x), activation);
}

/**
 * Wang, Liao, Yeh, Wu, Chen, Hsieh: CSPNet, arXiv 1911.11929, figure 5b. Names follow timm
 * (`cspnet.py`, CrossStage; with fusion "first" and cross "last" CrossStage3). No network slices
 * its input, as the text has it: a 1x1 convolution makes both halves.
 *
 *     x [N, C, H, W] -> 3x3 of stride s where s is 2 -> 1x1 [N, E, H/s, W/s], halves cross | entry
 *                    -> blocks(entry) -> 1x1 [N, E/2, ., .] -> concat(cross, .) -> 1x1 [N, O, ., .]
 */
export function cspStage(scope: Scope, x: Value, options: CspStageOptions): Value {
  const { outChannels, stride, depth, groups, activation } = options;
  const { expandRatio = 1, fusion = "both", cross = "first" } = options;
  const layer = (name: string, value: Value, layerOptions: ConvolutionOptions) =>
    convBnAct(scope.at(name), value, { names: ["conv", "bn"], ...layerOptions });
  const down = { kernel: 3, stride, groups, activation };
  const shrunk =
    stride === 1
      ? x
      : layer("conv_down", x, {
          ...down,
          outChannels: options.downGrowth ? outChannels : x.shape[1],
        });
  const expanded = Math.round(outChannels * expandRatio);
  const half = Math.floor(expanded / 2);
  const parted = layer("conv_exp", shrunk, {
    outChannels: expanded,
    activation: options.crossLinear ? null : activation,
  });
  const halves = splitChannels(scope, parted, [half, half]);
  const [bypass, entry] = cross === "first" ? halves : [halves[1], halves[0]];
  let blocks = entry;
  for (let i = 0; i < depth; i++) {
    blocks = residualBlock(scope.at("blocks").at(i), blocks, options);
  }
  if (fusion !== "first") {
    blocks = layer("conv_transition_b", blocks, { outChannels: half, activation });
  }
  const both = cross === "first" ? [bypass, blocks] : [blocks, bypass];
  const joined = scope.builder.concat(both, 1, scope.name("concat"));
  return fusion === "last" ? joined : layer("conv_transition", joined, { outChannels, activation });
}
