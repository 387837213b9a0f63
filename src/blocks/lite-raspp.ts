/** Lite R-ASPP: MobileNetV3's segmentation head, of coarse features, their gate, and fine features. */
import type { Value } from "../graph/graph.ts";
import { RELU, SIGMOID } from "./activations.ts";
import { activate, add, convBnAct, convolve, globalAveragePool } from "./layers.ts";
import type { Scope } from "./scope.ts";

export interface LiteRasppOptions {
  readonly classes: number;
  /** Of the coarse path; 128 by default. */
  readonly channels?: number;
  /** [h, w] of the output: the image's. */
  readonly size: readonly [number, number];
}

/** Bilinear, by the centres of pixels. */
function resizeTo(scope: Scope, x: Value, size: readonly [number, number]): Value {
  return scope.builder.op(
    "resize",
    [x],
    { mode: "linear", size, coordinates: "half_pixel", rounding: "floor" },
    scope.path,
  );
}

/**
 * Howard et al.: Searching for MobileNetV3, arXiv 1905.02244, section 6.4 and figure 10. Names
 * follow torchvision (`lraspp.py`, LRASPPHead); the mean is over the whole map, as there, where the
 * paper has windows of 49x49.
 *
 *     high [N, C, H, W] -> 1x1, ReLU [N, 128, H, W] * sigmoid(1x1 of the mean) [N, 128, 1, 1]
 *       -> resized to low -> 1x1 [N, classes, h, w];  low [N, c, h, w] -> 1x1 [N, classes, h, w]
 *     -> sum, resized [N, classes, ...size]
 */
export function liteRaspp(
  scope: Scope,
  { low, high }: { readonly low: Value; readonly high: Value },
  { classes, channels = 128, size }: LiteRasppOptions,
): Value {
  const { builder } = scope;
  const outChannels = { outChannels: channels };
  const coarse = convBnAct(scope.at("cbr"), high, { ...outChannels, activation: RELU });
  const scale = scope.at("scale");
  const squeezed = globalAveragePool(scale, high);
  const gate = activate(scale, convolve(scale.at(1), squeezed, outChannels, false), SIGMOID);
  const gated = builder.binary("mul", coarse, gate, scale.name("mul"));
  const resized = resizeTo(scope.at("resize"), gated, [low.shape[2], low.shape[3]]);
  const fromLow = convolve(scope.at("low_classifier"), low, { outChannels: classes });
  const fromHigh = convolve(scope.at("high_classifier"), resized, { outChannels: classes });
  return resizeTo(scope.at("interpolate"), add(scope, fromLow, fromHigh), size);
}
