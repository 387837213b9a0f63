/** C3, the stage of YOLOv5 and YOLOX: two 1x1 convolutions part the input, one joins the paths. */
import type { UnaryAttributes } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { add, convBnAct, declareConvBn } from "./layers.ts";
import type { ConvolutionOptions } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** How the parts of a CSPDarknet are called. */
export interface CspLayerNames {
  readonly main: string;
  readonly short: string;
  readonly final: string;
  /** Convolution and batch norm of each part. */
  readonly layer: readonly [string | number, string | number];
}

/** mmdetection's; `csp_layer.py` declares the last convolution before the blocks. */
export const MMDETECTION_NAMES: CspLayerNames = {
  main: "main_conv",
  short: "short_conv",
  final: "final_conv",
  layer: ["conv", "bn"],
};

export interface CspLayerOptions {
  readonly outChannels: number;
  /** Blocks of a 1x1 and a 3x3 convolution. */
  readonly blocks: number;
  /** Whether a block adds its input. */
  readonly residual: boolean;
  readonly activation: UnaryAttributes;
  readonly names?: CspLayerNames;
}

/**
 * Wang et al.: CSPNet, arXiv 1911.11929, figure 3c (fusion first); code and names of
 * mmdetection (`csp_layer.py`, CSPLayer).
 *
 *     x [N, C, H, W] -> main = blocks(1x1) [N, O/2, H, W], short = 1x1 [N, O/2, H, W]
 *                    -> 1x1(concat(main, short)) [N, O, H, W]
 */
export function cspLayer(scope: Scope, x: Value, options: CspLayerOptions): Value {
  const { outChannels, blocks, residual, activation, names = MMDETECTION_NAMES } = options;
  const half = Math.floor(outChannels / 2);
  const layer = (at: Scope, value: Value, layerOptions: Omit<ConvolutionOptions, "activation">) =>
    convBnAct(at, value, { names: names.layer, activation, ...layerOptions });
  const parted = layer(scope.at(names.main), x, { outChannels: half });
  const short = layer(scope.at(names.short), x, { outChannels: half });
  declareConvBn(scope.at(names.final), 2 * half, { names: names.layer, outChannels });
  let main = parted;
  for (let i = 0; i < blocks; i++) {
    const block = scope.at("blocks").at(i);
    const reduced = layer(block.at("conv1"), main, { outChannels: half });
    const filtered = layer(block.at("conv2"), reduced, { outChannels: half, kernel: 3 });
    main = residual ? add(block, filtered, main) : filtered;
  }
  const joined = scope.builder.concat([main, short], 1, scope.name("concat"));
  return layer(scope.at(names.final), joined, { outChannels });
}
